#include "io/output_directory.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "io/fd_sink.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/input_fixtures.hpp"

using namespace snapq;
using namespace snapq::io;
using namespace snapq::input::fixtures;
namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

bool is_ours(std::string_view name) {
    return name == "manifest.json" || name == "elements.db";
}

void fill(OutputDirectory& out, std::string_view text) {
    const Fd fd = out.create("manifest.json");
    FdSink(fd.get(), out.display_path("manifest.json")).write(text);
}

std::string refusal_of(const std::string& target, bool force) {
    try {
        OutputDirectory out(target, force, is_ours);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("A directory appears at commit with all its files") {
    const ScratchFolder dir;
    OutputDirectory out(dir / "out/", false, is_ours);
    fill(out, "{}");
    CHECK_FALSE(fs::exists(dir / "out"));
    out.commit();
    CHECK(read_file(dir / "out/manifest.json") == "{}");
    CHECK(dir.names() == Names{"out"});
}

TEST_CASE("Without a commit no directory remains") {
    const ScratchFolder dir;
    {
        OutputDirectory out(dir / "out", false, is_ours);
        fill(out, "{}");
    }
    CHECK(dir.names().empty());
}

TEST_CASE("An existing empty directory is accepted") {
    const ScratchFolder dir;
    fs::create_directory(dir / "out");
    OutputDirectory out(dir / "out", false, is_ours);
    fill(out, "{}");
    out.commit();
    CHECK(read_file(dir / "out/manifest.json") == "{}");
}

TEST_CASE("A non-empty directory is refused without force and replaced with force") {
    const ScratchFolder dir;
    fs::create_directory(dir / "out");
    static_cast<void>(dir.file("out/elements.db", "old"));
    CHECK(refusal_of(dir / "out", false) == dir / "out" + " exists");
    OutputDirectory out(dir / "out", true, is_ours);
    fill(out, "new");
    CHECK(read_file(dir / "out/elements.db") == "old");
    out.commit();
    CHECK(read_file(dir / "out/manifest.json") == "new");
    CHECK_FALSE(fs::exists(dir / "out/elements.db"));
    CHECK(dir.names() == Names{"out"});
}

TEST_CASE("Force does not replace a directory that contains other files") {
    const ScratchFolder dir;
    fs::create_directories(dir / "out/elements.db");
    CHECK(refusal_of(dir / "out", true).find("holds elements.db, which is not part of an archive") !=
          std::string::npos);
    fs::remove(dir / "out/elements.db");
    static_cast<void>(dir.file("out/thesis.tex", "years"));
    CHECK(refusal_of(dir / "out", true).find("holds thesis.tex") != std::string::npos);
    CHECK(refusal_of(dir.file("file", ""), true).find("is not a directory") != std::string::npos);
    CHECK(read_file(dir / "out/thesis.tex") == "years");
}

TEST_CASE("Without force, the second of two commits of a directory fails") {
    const ScratchFolder dir;
    OutputDirectory first(dir / "out", false, is_ours);
    OutputDirectory second(dir / "out", false, is_ours);
    fill(first, "first");
    fill(second, "second");
    second.commit();
    CHECK_THROWS_AS(first.commit(), UsageError);
    CHECK(read_file(dir / "out/manifest.json") == "second");
}

TEST_CASE("Files that were put into the target meanwhile are not lost, even with force") {
    const ScratchFolder dir;
    OutputDirectory out(dir / "out", true, is_ours);
    fill(out, "{}");
    fs::create_directory(dir / "out");
    static_cast<void>(dir.file("out/thesis.tex", "years"));
    CHECK_THROWS_AS(out.commit(), UsageError);
    CHECK(read_file(dir / "out/thesis.tex") == "years");
}

TEST_CASE("A directory behind a symlink is replaced in its own place") {
    const ScratchFolder dir;
    fs::create_directories(dir / "store/real");
    static_cast<void>(dir.file("store/real/elements.db", "old"));
    fs::create_symlink("store/real", dir / "out");
    OutputDirectory out(dir / "out", true, is_ours);
    fill(out, "new");
    out.commit();
    CHECK(fs::is_symlink(dir / "out"));
    CHECK(read_file(dir / "store/real/manifest.json") == "new");
    CHECK(dir.names() == Names{"out", "store"});
}

TEST_CASE("A directory that a killed run left is removed by the next run") {
    const ScratchFolder dir;
    const pid_t child = ::fork();
    if (child == 0) {
        OutputDirectory out(dir / "out", false, is_ours);
        fill(out, "half");
        ::raise(SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
    CHECK(dir.names().size() == 1);
    OutputDirectory(dir / "out", false, is_ours).commit();
    CHECK(dir.names() == Names{"out"});
    CHECK(fs::is_empty(dir / "out"));
}

TEST_CASE("The error names a missing parent directory") {
    const ScratchFolder dir;
    CHECK_THROWS_WITH(OutputDirectory(dir / "none/out", false, is_ours),
                      "cannot write " + dir / "none/out" + ": there is no directory " + dir / "none");
}

TEST_CASE("A private directory stays private when it is replaced") {
    const ScratchFolder dir;
    fs::create_directory(dir / "out");
    fs::permissions(dir / "out", fs::perms::owner_all);
    static_cast<void>(dir.file("out/elements.db", "old"));
    OutputDirectory out(dir / "out", true, is_ours);
    fill(out, "new");
    out.commit();
    CHECK(read_file(dir / "out/manifest.json") == "new");
    CHECK(fs::status(dir / "out").permissions() == fs::perms::owner_all);
}

TEST_CASE("The directory that a killed run moved aside is restored, unless the target exists") {
    const ScratchFolder dir;
    const auto aside = [&](const std::string& text) {
        fs::create_directory(dir / ".out.snapq-1.old");
        static_cast<void>(dir.file(".out.snapq-1.old/elements.db", text));
    };
    aside("old");
    CHECK(refusal_of(dir / "out", false) == dir / "out" + " exists");
    CHECK(read_file(dir / "out/elements.db") == "old");
    aside("older");
    CHECK(refusal_of(dir / "out", false) == dir / "out" + " exists");
    CHECK(read_file(dir / "out/elements.db") == "old");
    CHECK(dir.names() == Names{"out"});
}
