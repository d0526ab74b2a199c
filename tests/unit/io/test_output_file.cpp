#include "io/output_file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "io/output_path.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/input_fixtures.hpp"

using namespace snapq;
using namespace snapq::io;
using namespace snapq::input::fixtures;
namespace fs = std::filesystem;

namespace {

constexpr TemporaryStyle k_styles[] = {TemporaryStyle::automatic, TemporaryStyle::named};

using Names = std::vector<std::string>;

std::string message_of(const std::string& target, bool force) {
    try {
        OutputFile out(target, force);
    } catch (const SystemError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("A file appears at commit and not before", "[threads]") {
    for (const TemporaryStyle style : k_styles) {
        const ScratchFolder dir;
        OutputFile out(dir / "a.zip", false, style);
        out.write("hello ");
        out.write("world");
        CHECK_FALSE(fs::exists(dir / "a.zip"));
        out.commit();
        CHECK(read_file(dir / "a.zip") == "hello world");
        CHECK(dir.names() == Names{"a.zip"});
    }
}

TEST_CASE("Without a commit nothing remains", "[threads]") {
    for (const TemporaryStyle style : k_styles) {
        const ScratchFolder dir;
        OutputFile(dir / "a.zip", false, style).write("hello");
        CHECK(dir.names().empty());
    }
}

TEST_CASE("The descriptor can seek, read and overwrite", "[threads]") {
    const ScratchFolder dir;
    OutputFile out(dir / "a.zip", false);
    out.write("hello");
    write_fully_at(out.fd(), 0, "J", "a.zip");
    char first = 0;
    CHECK(read_fully_at(out.fd(), 0, {&first, 1}, "a.zip") == 1);
    out.commit();
    CHECK(read_file(dir / "a.zip") == "Jello");
}

TEST_CASE("What was written can be taken back", "[threads]") {
    for (const TemporaryStyle style : k_styles) {
        const ScratchFolder dir;
        OutputFile out(dir / "a.zip", false, style);
        out.write("a long attempt");
        out.clear();
        out.write("short");
        out.commit();
        CHECK(read_file(dir / "a.zip") == "short");
    }
}

TEST_CASE("An existing target is refused at once without force", "[threads]") {
    const ScratchFolder dir;
    const std::string path = dir.file("a.zip", "old");
    try {
        OutputFile out(path, false);
        FAIL("was accepted");
    } catch (const UsageError& error) {
        CHECK(error.what() == path + " exists");
        CHECK(error.hint() == "use --force to replace it");
    }
    CHECK(dir.names() == Names{"a.zip"});
}

TEST_CASE("With force the old file stays until the commit and keeps its permissions", "[threads]") {
    for (const TemporaryStyle style : k_styles) {
        const ScratchFolder dir;
        const std::string path = dir.file("a.zip", "old");
        fs::permissions(path, fs::perms(0640));
        OutputFile out(path, true, style);
        out.write("new");
        CHECK(read_file(path) == "old");
        out.commit();
        CHECK(read_file(path) == "new");
        CHECK(fs::status(path).permissions() == fs::perms(0640));
        CHECK(dir.names() == Names{"a.zip"});
    }
}

TEST_CASE("With force and no commit the old file is unchanged", "[threads]") {
    for (const TemporaryStyle style : k_styles) {
        const ScratchFolder dir;
        const std::string path = dir.file("a.zip", "old");
        OutputFile(path, true, style).write("new");
        CHECK(read_file(path) == "old");
        CHECK(dir.names() == Names{"a.zip"});
    }
}

TEST_CASE("Without force, the second of two commits of a file fails", "[threads]") {
    for (const TemporaryStyle style : k_styles) {
        const ScratchFolder dir;
        OutputFile first(dir / "a.zip", false, style);
        OutputFile second(dir / "a.zip", false, style);
        first.write("first");
        second.write("second");
        second.commit();
        CHECK_THROWS_AS(first.commit(), UsageError);
        CHECK(read_file(dir / "a.zip") == "second");
    }
}

TEST_CASE("Two files are published together", "[threads]") {
    for (const TemporaryStyle style : k_styles) {
        for (const bool force : {false, true}) {
            const ScratchFolder dir;
            if (force) {
                static_cast<void>(dir.file("a", "old a"));
                static_cast<void>(dir.file("b", "old b"));
            }
            OutputFile a(dir / "a", force, style);
            OutputFile b(dir / "b", force, style);
            a.write("new a");
            b.write("new b");
            OutputFile::commit_together(a, b);
            CHECK(read_file(dir / "a") == "new a");
            CHECK(read_file(dir / "b") == "new b");
            CHECK(dir.names() == Names{"a", "b"});
        }
    }
}

TEST_CASE("When the second of two files cannot be published, the first is restored", "[threads]") {
    for (const TemporaryStyle style : k_styles) {
        for (const bool existed : {false, true}) {
            const ScratchFolder dir;
            if (existed) static_cast<void>(dir.file("a", "old a"));
            OutputFile a(dir / "a", true, style);
            {
                OutputFile b(dir / "b", true, style);
                a.write("new a");
                fs::create_directory(dir / "b");  // which no file can replace
                CHECK_THROWS_AS(OutputFile::commit_together(a, b), SystemError);
            }
            CHECK(dir.names() == (existed ? Names{"a", "b"} : Names{"b"}));
            if (existed) CHECK(read_file(dir / "a") == "old a");
        }
    }
}

TEST_CASE("Without force, neither of two files appears if one of the names was taken meanwhile",
          "[threads]") {
    const ScratchFolder dir;
    {
        OutputFile a(dir / "a", false);
        OutputFile b(dir / "b", false);
        static_cast<void>(dir.file("b", "somebody else's"));
        CHECK_THROWS_AS(OutputFile::commit_together(a, b), UsageError);
    }
    CHECK(dir.names() == Names{"b"});
    CHECK(read_file(dir / "b") == "somebody else's");
}

TEST_CASE("Concurrent conversions leave one complete file and no other", "[threads]") {
    for (const TemporaryStyle style : k_styles) {
        const ScratchFolder dir;
        std::atomic<int> winners = 0;
        {
            std::vector<std::jthread> racers;
            for (int i = 0; i < 8; ++i) {
                racers.emplace_back([&, i] {
                    try {
                        OutputFile out(dir / "a.zip", false, style);
                        out.write(std::string(1000, static_cast<char>('a' + i)));
                        out.commit();
                        ++winners;
                    } catch (const UsageError&) {
                    }
                });
            }
        }
        CHECK(winners == 1);
        const std::string bytes = read_file(dir / "a.zip");
        CHECK(bytes == std::string(1000, bytes.at(0)));
        CHECK(dir.names() == Names{"a.zip"});
    }
}

TEST_CASE("Concurrent conversions with force all succeed, and the last file stays", "[threads]") {
    for (const TemporaryStyle style : k_styles) {
        const ScratchFolder dir;
        {
            std::vector<std::jthread> racers;
            for (int i = 0; i < 8; ++i) {
                racers.emplace_back([&, i] {
                    OutputFile out(dir / "a.zip", true, style);
                    out.write(std::string(1000, static_cast<char>('a' + i)));
                    out.commit();
                });
            }
        }
        const std::string bytes = read_file(dir / "a.zip");
        CHECK(bytes == std::string(1000, bytes.at(0)));
        CHECK(dir.names() == Names{"a.zip"});
    }
}

TEST_CASE("A symlink stays, and the file that it points to is written", "[threads]") {
    for (const TemporaryStyle style : k_styles) {
        const ScratchFolder dir;
        fs::create_directory(dir / "store");
        fs::create_symlink("store/real.zip", dir / "link.zip");
        OutputFile created(dir / "link.zip", false, style);
        created.write("one");
        created.commit();
        CHECK(read_file(dir / "store/real.zip") == "one");
        CHECK_THROWS_AS(OutputFile(dir / "link.zip", false, style), UsageError);
        OutputFile replaced(dir / "link.zip", true, style);
        replaced.write("two");
        replaced.commit();
        CHECK(fs::is_symlink(dir / "link.zip"));
        CHECK(read_file(dir / "store/real.zip") == "two");
        CHECK(dir.names() == Names{"link.zip", "store"});
    }
}

TEST_CASE("In a folder, a symlink counts as an existing file, and with force what it points to is written",
          "[threads]") {
    const ScratchFolder dir;
    fs::create_directory(dir / "out");
    fs::create_symlink("../elsewhere", dir / "out/a");
    const TargetDirectory folder(dir / "out/");
    try {
        OutputFile(folder, "a", false);
        FAIL("was accepted");
    } catch (const UsageError& error) {
        CHECK(error.what() == dir / "out//a exists");
    }
    CHECK(dir.names() == Names{"out"});
    OutputFile forced(folder, "a", true);
    forced.write("new");
    forced.commit();
    CHECK(read_file(dir / "elsewhere") == "new");
    CHECK(fs::is_symlink(dir / "out/a"));
}

TEST_CASE("An output stays in its directory when that gets another name", "[threads]") {
    for (const TemporaryStyle style : k_styles) {
        const ScratchFolder dir;
        fs::create_directory(dir / "place");
        fs::create_directory(dir / "other");
        static_cast<void>(dir.file("other/a.zip", "somebody else's"));
        OutputFile out(dir / "place/a.zip", true, style);
        out.write("new");
        fs::rename(dir / "place", dir / "moved");
        fs::create_symlink("other", dir / "place");
        out.commit();
        CHECK(read_file(dir / "other/a.zip") == "somebody else's");
        CHECK(read_file(dir / "moved/a.zip") == "new");
    }
}

TEST_CASE("Circular links are refused", "[threads]") {
    const ScratchFolder dir;
    fs::create_symlink("b", dir / "a");
    fs::create_symlink("a", dir / "b");
    CHECK(message_of(dir / "a", true).find("Too many levels of symbolic links") != std::string::npos);
}

TEST_CASE("The error for an unwritable target contains its name and the reason", "[threads]") {
    const ScratchFolder dir;
    const std::string file = dir.file("file", "");
    CHECK(message_of(dir / "none/a.zip", false) ==
          "cannot write " + dir / "none/a.zip" + ": there is no directory " + dir / "none");
    CHECK(message_of(dir.path(), false) == "cannot write " + dir.path() + ": Is a directory");
    CHECK(message_of(dir.path(), true) == "cannot write " + dir.path() + ": Is a directory");
    CHECK(message_of(dir / "new/", false) == "cannot write " + dir / "new/" + ": Is a directory");
    CHECK(message_of(file + "/a.zip", false) == "cannot write " + file + "/a.zip: Not a directory");
    CHECK(message_of("/dev/null", true) == "cannot write /dev/null: it is not a regular file");
    CHECK_FALSE(message_of("/proc/a.zip", false).empty());
    CHECK_THROWS_AS(OutputFile("", false), UsageError);
}

TEST_CASE("A write that fails is reported and leaves nothing", "[threads]") {
    for (const TemporaryStyle style : k_styles) {
        const ScratchFolder dir;
        // Runs in a child process, because a lowered limit cannot be raised again. The limit on the file size
        // replaces a full disk.
        const pid_t child = ::fork();
        if (child == 0) {
            ::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{1000, 1000};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            try {
                OutputFile out(dir / "a.zip", false, style);
                out.write(std::string(2000, 'x'));
                ::_exit(1);
            } catch (const SystemError& error) {
                ::_exit(std::string(error.what()).find("a.zip: File too large") == std::string::npos ? 2 : 0);
            }
        }
        int status = -1;
        ::waitpid(child, &status, 0);
        CHECK(status == 0);
        CHECK(dir.names().empty());
    }
}

TEST_CASE("Unlocked temporaries are removed, and locked ones stay", "[threads]") {
    const ScratchFolder dir;
    const std::string held = dir.file(".a.zip.snapq-99.tmp", "work in progress");
    const Fd holder(::open(held.c_str(), O_RDWR | O_CLOEXEC));
    CHECK(::flock(holder.get(), LOCK_EX) == 0);
    static_cast<void>(dir.file(".a.zip.snapq-12345.tmp", "left"));
    static_cast<void>(dir.file(".a.zip.snapq-12345.2.tmp", "left"));
    static_cast<void>(dir.file(".a.zip.snapq-notes.tmp", "not ours"));
    static_cast<void>(dir.file(".b.zip.snapq-12345.tmp", "of another target"));
    fs::create_symlink("elsewhere", dir / ".a.zip.snapq-5.tmp");
    OutputFile out(dir / "a.zip", false);
    CHECK(dir.names() == Names{".a.zip.snapq-5.tmp", ".a.zip.snapq-99.tmp", ".a.zip.snapq-notes.tmp",
                               ".b.zip.snapq-12345.tmp"});
}

TEST_CASE("Files that a killed run left are removed by the next run", "[threads]") {
    const ScratchFolder dir;
    const pid_t child = ::fork();
    if (child == 0) {
        OutputFile out(dir / "a.zip", false, TemporaryStyle::named);
        out.write("half");
        ::raise(SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
    CHECK(dir.names().size() == 1);
    OutputFile(dir / "a.zip", false).commit();
    CHECK(dir.names() == Names{"a.zip"});
}

TEST_CASE("The temporaries of long names fit into the limit for file names", "[threads]") {
    for (const TemporaryStyle style : k_styles) {
        const ScratchFolder dir;
        const std::string name(255, 'n');
        OutputFile(dir / name, true, style).commit();
        OutputFile(dir / name, true, style).commit();
        CHECK(dir.names() == Names{name});
    }
}

TEST_CASE("A target without a directory is in the current directory", "[threads]") {
    const ScratchFolder dir;
    const fs::path before = fs::current_path();
    fs::current_path(dir.path());
    OutputFile("plain.zip", false).commit();
    fs::current_path(before);
    CHECK(dir.names() == Names{"plain.zip"});
}
