#include "io/output_directory.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "io/file_descriptor.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/input_fixtures.hpp"

using namespace snapq;
using namespace snapq::io;
using namespace snapq::input::fixtures;
namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

const OwnDirectory k_kind{
    [](std::string_view name) { return name == "manifest.json" || name == "elements.db"; }, "manifest.json",
    [](std::string_view text) { return text == "{}"; }, 1000};

void fill(OutputDirectory& out, std::string_view text) {
    const Fd fd = out.create("manifest.json");
    FdSink(fd.get(), out.display_path("manifest.json")).write(text);
}

// An archive with files of this text.
void make_archive(const ScratchFolder& dir, const std::string& name, const std::string& text) {
    fs::create_directories(dir / name);
    static_cast<void>(dir.file(name + "/manifest.json", "{}"));
    static_cast<void>(dir.file(name + "/elements.db", text));
}

std::string refusal_of(const std::string& target, bool force) {
    try {
        OutputDirectory out(target, force, k_kind);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("A directory appears at commit with all its files") {
    const ScratchFolder dir;
    OutputDirectory out(dir / "out/", false, k_kind);
    fill(out, "{}");
    CHECK_FALSE(fs::exists(dir / "out"));
    out.commit();
    CHECK(read_file(dir / "out/manifest.json") == "{}");
    CHECK(dir.names() == Names{"out"});
}

TEST_CASE("Without a commit no directory remains") {
    const ScratchFolder dir;
    {
        OutputDirectory out(dir / "out", false, k_kind);
        fill(out, "{}");
    }
    CHECK(dir.names().empty());
}

TEST_CASE("An existing empty directory is accepted") {
    const ScratchFolder dir;
    fs::create_directory(dir / "out");
    OutputDirectory out(dir / "out", false, k_kind);
    fill(out, "{}");
    out.commit();
    CHECK(read_file(dir / "out/manifest.json") == "{}");
}

TEST_CASE("A non-empty directory is refused without force and replaced with force") {
    const ScratchFolder dir;
    make_archive(dir, "out", "old");
    CHECK(refusal_of(dir / "out", false) == dir / "out" + " exists");
    OutputDirectory out(dir / "out", true, k_kind);
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

TEST_CASE("Force does not replace a directory without a manifest of ours") {
    const ScratchFolder dir;
    const std::string refusal = dir / "out" + " holds no manifest.json that this snapq can read";
    make_archive(dir, "out", "mine");
    static_cast<void>(dir.file("out/manifest.json", "{\"icons\": []}"));
    CHECK(refusal_of(dir / "out", true) == refusal);
    static_cast<void>(dir.file("out/manifest.json", std::string(1001, ' ')));
    CHECK(refusal_of(dir / "out", true) == refusal);
    fs::remove(dir / "out/manifest.json");
    CHECK(refusal_of(dir / "out", true) == refusal);
    fs::create_symlink("elements.db", dir / "out/manifest.json");
    CHECK(refusal_of(dir / "out", true) ==
          dir / "out" + " holds manifest.json, which is not part of an archive");
    CHECK(read_file(dir / "out/elements.db") == "mine");
}

TEST_CASE("The directory of a killed run is not put back when it is not ours, and no file is") {
    const ScratchFolder dir;
    static_cast<void>(dir.file(".out.snapq-1.old", "a file"));
    make_archive(dir, ".out.snapq-2.old", "mine");
    fs::remove(dir / ".out.snapq-2.old/manifest.json");
    OutputDirectory out(dir / "out", false, k_kind);
    fill(out, "{}");
    out.commit();
    CHECK(read_file(dir / ".out.snapq-1.old") == "a file");
    CHECK(read_file(dir / "out/manifest.json") == "{}");
    CHECK(read_file(dir / ".out.snapq-2.old/elements.db") == "mine");
}

TEST_CASE("Where others may rename, a directory that is being made has a mark until it gets its name") {
    const ScratchFolder dir;
    fs::permissions(dir / ".", fs::perms::group_write, fs::perm_options::add);
    OutputDirectory out(dir / "out", false, k_kind);
    fill(out, "{}");
    const std::string hidden = dir.names().at(0);
    CHECK(fs::exists(dir / hidden + "/.snapq-unfinished"));
    out.commit();
    CHECK_FALSE(fs::exists(dir / "out/.snapq-unfinished"));
}

TEST_CASE("Of a directory that was put in place of the temporary one, nothing is removed") {
    const ScratchFolder dir;
    {
        OutputDirectory out(dir / "out", false, k_kind);
        fill(out, "{}");
        const std::string hidden = dir.names().at(0);
        fs::rename(dir / hidden, dir / "moved");
        make_archive(dir, hidden, "mine");
        CHECK_THROWS_AS(out.commit(), SystemError);
        CHECK(read_file(dir / hidden + "/elements.db") == "mine");
    }
    CHECK(dir.names().size() == 2);
    CHECK(fs::is_empty(dir / "moved"));
}

TEST_CASE("Without force, the second of two commits of a directory fails") {
    const ScratchFolder dir;
    OutputDirectory first(dir / "out", false, k_kind);
    OutputDirectory second(dir / "out", false, k_kind);
    fill(first, "first");
    fill(second, "second");
    second.commit();
    CHECK_THROWS_AS(first.commit(), UsageError);
    CHECK(read_file(dir / "out/manifest.json") == "second");
}

TEST_CASE("Files that were put into the target meanwhile are not lost, even with force") {
    const ScratchFolder dir;
    OutputDirectory out(dir / "out", true, k_kind);
    fill(out, "{}");
    fs::create_directory(dir / "out");
    static_cast<void>(dir.file("out/thesis.tex", "years"));
    CHECK_THROWS_AS(out.commit(), UsageError);
    CHECK(read_file(dir / "out/thesis.tex") == "years");
}

TEST_CASE("A directory behind a symlink is replaced in its own place") {
    const ScratchFolder dir;
    make_archive(dir, "store/real", "old");
    fs::create_symlink("store/real", dir / "out");
    OutputDirectory out(dir / "out", true, k_kind);
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
        OutputDirectory out(dir / "out", false, k_kind);
        fill(out, "half");
        ::raise(SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
    CHECK(dir.names().size() == 1);
    OutputDirectory(dir / "out", false, k_kind).commit();
    CHECK(dir.names() == Names{"out"});
    CHECK(fs::is_empty(dir / "out"));
}

TEST_CASE("The error names a missing parent directory") {
    const ScratchFolder dir;
    CHECK_THROWS_WITH(OutputDirectory(dir / "none/out", false, k_kind),
                      "cannot write " + dir / "none/out" + ": there is no directory " + dir / "none");
}

TEST_CASE("A private directory stays private when it is replaced") {
    const ScratchFolder dir;
    make_archive(dir, "out", "old");
    fs::permissions(dir / "out", fs::perms::owner_all);
    OutputDirectory out(dir / "out", true, k_kind);
    fill(out, "new");
    out.commit();
    CHECK(read_file(dir / "out/manifest.json") == "new");
    CHECK(fs::status(dir / "out").permissions() == fs::perms::owner_all);
}

TEST_CASE("The directory that a killed run moved aside is restored, unless the target exists") {
    const ScratchFolder dir;
    const auto aside = [&](const std::string& text) { make_archive(dir, ".out.snapq-1.old", text); };
    aside("old");
    CHECK(refusal_of(dir / "out", false) == dir / "out" + " exists");
    CHECK(read_file(dir / "out/elements.db") == "old");
    aside("older");
    CHECK(refusal_of(dir / "out", false) == dir / "out" + " exists");
    CHECK(read_file(dir / "out/elements.db") == "old");
    CHECK(dir.names() == Names{"out"});
}
