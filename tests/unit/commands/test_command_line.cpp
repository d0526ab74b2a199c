#include "commands/command_line.hpp"

#include <sstream>
#include <vector>

#include "support/catch.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

// The message and the hint of a bad command line.
std::string answer(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "snapq");
    CommandLine line;
    std::ostringstream out;
    try {
        static_cast<void>(line.parse(static_cast<int>(arguments.size()), arguments.data(), out));
    } catch (const UsageError& error) {
        return std::string(error.what()) + " | " + error.hint();
    }
    return {};
}

std::string help_of(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "snapq");
    CommandLine line;
    std::ostringstream out;
    CHECK(line.parse(static_cast<int>(arguments.size()), arguments.data(), out) == nullptr);
    return out.str();
}

}  // namespace

TEST_CASE("an option that may be repeated takes one value, not the files after it") {
    CHECK(answer({"convert", "--label", "a=b", "run.pickle"}).empty());
    CHECK(answer({"summary", "--max-category", "activation=1GiB", "run.zip"}).empty());
    CHECK(answer({"query", "--param", "a=b", "run.zip", "SELECT 1"}).empty());
    CHECK(answer({"export", "--format", "parquet", "-o", "lake", "--table", "events", "run.zip"}).empty());
}

TEST_CASE("an unknown option is reported with a suggestion") {
    const std::string meant =
        "unknown option '--max-peek' | did you mean --max-peak? see 'snapq summary --help'";
    CHECK(answer({"summary", "a.zip", "--max-peek", "1GiB"}) == meant);
    CHECK(answer({"summary", "a.zip", "--max-peek=1GiB"}) == meant);
    CHECK(answer({"convert", "a", "--frobnicate"}) ==
          "unknown option '--frobnicate' | see 'snapq convert --help'");
    CHECK(answer({"--versoin"}) == "unknown option '--versoin' | did you mean --version? see 'snapq --help'");
}

TEST_CASE("an unknown command is reported with a suggestion") {
    CHECK(answer({"sumary", "a.zip"}) ==
          "unknown command 'sumary' | did you mean summary? see 'snapq --help'");
    CHECK(answer({"frobnicate"}) == "unknown command 'frobnicate' | see 'snapq --help'");
    CHECK(answer({}) == "a command is missing | see 'snapq --help'");
}

TEST_CASE("a file in place of a command is named") {
    CHECK(answer({"/dev/null"}) ==
          "'/dev/null' is a file or directory, not a command | did you mean 'snapq summary /dev/null'? see "
          "'snapq "
          "--help'");
    CHECK(answer({"/dev/null", "--top", "3"}) == answer({"/dev/null"}));
    CHECK(answer({"/dev/none"}) == "unknown command '/dev/none' | see 'snapq --help'");
}

TEST_CASE("help shows the help of the program and of its commands") {
    CHECK(help_of({"help"}) == help_of({"--help"}));
    CHECK(help_of({"help"}).find("Commands") != std::string::npos);
    for (const char* command :
         {"convert", "query", "summary", "diff", "info", "extract", "verify", "help", "completion"}) {
        CHECK(help_of({"help", command}) == help_of({command, "--help"}));
        CHECK(help_of({"help", command}).find(std::string("snapq ") + command) != std::string::npos);
    }
    CHECK(answer({"help", "summry"}) ==
          "help: unknown command 'summry' | did you mean summary? see 'snapq --help'");
    CHECK(answer({"help", "summary", "diff"}) == "help: expected one command, got 'diff' too | ");
}

TEST_CASE("help prints a manual page for each command") {
    CHECK_THAT(help_of({"help", "--man"}),
               Catch::StartsWith(".TH \"SNAPQ\" 1 ") && Catch::Contains("\\fBsnapq\\-verify\\fR(1)"));
    CHECK_THAT(help_of({"help", "--man", "diff"}),
               Catch::StartsWith(".TH \"SNAPQ\\-DIFF\" 1 ") && Catch::Contains("\n.SH EXIT STATUS\n"));
    CHECK(help_of({"help", "diff", "--man"}) == help_of({"help", "--man", "diff"}));
    CHECK(answer({"help", "--mann"}) == "unknown option '--mann' | see 'snapq help --help'");
}

TEST_CASE("the version has details with --verbose only") {
    const std::string line = help_of({"--version"});
    CHECK(std::ranges::count(line, '\n') == 1);
    const std::string details = help_of({"--version", "--verbose"});
    CHECK(details == help_of({"--verbose", "--version"}));
    CHECK_THAT(details, Catch::StartsWith(line + "commit "));
    for (const char* name :
         {"compiler", "build type", "SQLite", "zlib", "zstd", "libzip", "ISA-L", "simdjson", "RE2", "fmt",
          "utf8proc", "libedit", "archive format", "database schema"}) {
        CHECK_THAT(details, Catch::Contains(fmt::format("\n{:<16} ", name)));
    }
    CHECK(answer({"--verbose", "info", "a.zip"}) == "--verbose requires --version | see 'snapq info --help'");
}

TEST_CASE("completion accepts the shells that it knows") {
    for (const char* shell : {"bash", "zsh", "fish"})
        CHECK_THAT(help_of({"completion", shell}), Catch::Contains("snapq"));
    CHECK(answer({"completion", "tcsh"}) ==
          "SHELL: expected bash, zsh or fish, got 'tcsh' | see 'snapq completion --help'");
    CHECK(answer({"completion"}) == "SHELL is required | see 'snapq completion --help'");
}

TEST_CASE("other usage errors have clear messages") {
    CHECK(answer({"info", "a.zip", "b.zip"}) == "unexpected argument 'b.zip' | see 'snapq info --help'");
    CHECK(answer({"summary", "a.zip", "--top"}) == "--top needs a value | see 'snapq summary --help'");
    CHECK(answer({"convert", "a", "-o", "x", "-o", "y"}) ==
          "--output can be given only once | see 'snapq convert --help'");
    CHECK(answer({"convert", "a", "--rank", "1", "--rank-regex", "(.)"}) ==
          "--rank and --rank-regex cannot be combined | see 'snapq convert --help'");
    CHECK(answer({"info"}) == "ARCHIVE is required | see 'snapq info --help'");
}

TEST_CASE("every option rejects invalid numbers with the same message") {
    const std::vector<std::vector<const char*>> options{
        {"summary", "a.zip", "--top"},       {"summary", "a.zip", "--device"},
        {"diff", "a.zip", "b.zip", "--top"}, {"diff", "a.zip", "b.zip", "--device"},
        {"query", "a.zip", "--width"},       {"query", "a.zip", "--max-rows"},
        {"convert", "a", "--max-points"},    {"convert", "a", "--rank"},
        {"convert", "a", "--level"},         {"extract", "a.zip", "-d", "x", "--device"},
    };
    for (const auto& option : options) {
        // Device -1 is pinned host memory.
        const bool is_device = option.back() == std::string_view("--device");
        for (const std::string value : {is_device ? "-2" : "-1", "x", "", "1.5", "99999999999999999999"}) {
            CAPTURE(option.back(), value);
            std::vector<const char*> arguments = option;
            arguments.push_back(value.c_str());
            CHECK_THAT(answer(arguments),
                       Catch::StartsWith(fmt::format("{}: expected a number from 0", option.back())) &&
                           Catch::Contains(fmt::format(", got '{}'", value)));
        }
    }
}

}  // namespace snapq::commands
