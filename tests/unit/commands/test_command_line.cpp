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

}  // namespace

TEST_CASE("an option with a typo is named, with the one that was meant") {
    const std::string meant =
        "there is no option '--max-peek' | did you mean --max-peak? see 'snapq summary --help'";
    CHECK(answer({"summary", "a.zip", "--max-peek", "1GiB"}) == meant);
    CHECK(answer({"summary", "a.zip", "--max-peek=1GiB"}) == meant);
    CHECK(answer({"convert", "a", "--frobnicate"}) ==
          "there is no option '--frobnicate' | see 'snapq convert --help'");
    CHECK(answer({"--versoin"}) ==
          "there is no option '--versoin' | did you mean --version? see 'snapq --help'");
}

TEST_CASE("so is a command") {
    CHECK(answer({"sumary", "a.zip"}) ==
          "there is no command 'sumary' | did you mean summary? see 'snapq --help'");
    CHECK(answer({"frobnicate"}) == "there is no command 'frobnicate' | see 'snapq --help'");
    CHECK(answer({}) == "a command is expected | see 'snapq --help'");
}

TEST_CASE("what else is wrong with a command line is said in plain words") {
    CHECK(answer({"info", "a.zip", "b.zip"}) == "'b.zip' is one argument too many | see 'snapq info --help'");
    CHECK(answer({"summary", "a.zip", "--top"}) == "--top needs a value | see 'snapq summary --help'");
    CHECK(answer({"convert", "a", "-o", "x", "-o", "y"}) ==
          "--output can be given once only | see 'snapq convert --help'");
    CHECK(answer({"convert", "a", "--rank", "1", "--rank-regex", "(.)"}) ==
          "--rank and --rank-regex do not go together | see 'snapq convert --help'");
    CHECK(answer({"info"}) == "ARCHIVE is required | see 'snapq info --help'");
}

TEST_CASE("numbers that are none are refused alike by every option") {
    const std::vector<std::vector<const char*>> options{
        {"summary", "a.zip", "--top"},       {"summary", "a.zip", "--device"},
        {"diff", "a.zip", "b.zip", "--top"}, {"diff", "a.zip", "b.zip", "--device"},
        {"query", "a.zip", "--width"},       {"query", "a.zip", "--max-rows"},
        {"convert", "a", "--max-points"},    {"convert", "a", "--rank"},
        {"convert", "a", "--level"},         {"extract", "a.zip", "-d", "x", "--device"},
    };
    for (const auto& option : options) {
        for (const std::string value : {"-1", "x", "", "1.5", "99999999999999999999"}) {
            CAPTURE(option.back(), value);
            std::vector<const char*> arguments = option;
            arguments.push_back(value.c_str());
            CHECK_THAT(answer(arguments),
                       Catch::StartsWith(fmt::format("{}: a number from 0", option.back())) &&
                           Catch::Contains(fmt::format("is expected, not '{}'", value)));
        }
    }
}

}  // namespace snapq::commands
