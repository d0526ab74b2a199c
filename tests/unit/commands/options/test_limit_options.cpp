#include "commands/options/limit_options.hpp"

#include <vector>

#include "support/catch.hpp"

namespace snapq::commands {
namespace {

std::optional<std::int64_t> parsed_size(const std::string& text) {
    CLI::App app;
    std::optional<std::int64_t> size;
    add_size_option(app, "--max-peak", size, "…");
    std::vector<std::string> arguments{"--max-peak=" + text};
    app.parse(arguments);
    return size;
}

}  // namespace

TEST_CASE("sizes have decimal and binary units, and may have fractions") {
    CHECK(parsed_size("512MiB") == std::int64_t{512} << 20);
    CHECK(parsed_size("20GB") == 20'000'000'000);
    CHECK(parsed_size("1.5GiB") == std::int64_t{3} << 29);
    CHECK(parsed_size("17") == 17);
}

TEST_CASE("an absent size stays absent") {
    CLI::App app;
    std::optional<std::int64_t> size;
    add_size_option(app, "--max-peak", size, "…");
    app.parse(std::vector<std::string>{});
    CHECK_FALSE(size);
}

TEST_CASE("an invalid size is rejected with examples of valid ones") {
    for (const char* text : {"lots", "5XB", "-1MiB", "1e99GiB"}) {
        CHECK_THROWS_WITH(parsed_size(text), Catch::Contains("--max-peak") && Catch::Contains("512MiB"));
    }
}

TEST_CASE("a unit without its B is rejected with both meanings") {
    CHECK_THROWS_WITH(parsed_size("20G"), Catch::Contains("'20G' is not a valid size (use 20GB or 20GiB)"));
    CHECK_THROWS_WITH(parsed_size("1.5k"), Catch::Contains("(use 1.5kB or 1.5KiB)"));
}

}  // namespace snapq::commands
