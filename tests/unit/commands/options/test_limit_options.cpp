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
    CHECK(parsed_size("17B") == 17);
    CHECK(parsed_size("20000000000") == 20'000'000'000);
}

TEST_CASE("a small number without a unit is a forgotten unit") {
    CHECK_THROWS_WITH(parsed_size("20"), Catch::Contains("--max-peak: '20' has no unit"));
    CHECK_THROWS_WITH(parsed_size("1048575"),
                      Catch::Contains("(use 1048575GiB or 1048575MiB; 1048575B for bytes)"));
    CHECK_THROWS_WITH(parsed_size("0.5"), Catch::Contains("has no unit"));
    CHECK(parsed_size("0") == 0);
    CHECK(parsed_size("1048576") == 1 << 20);
}

TEST_CASE("the size in a limit of growth needs a unit, too") {
    const auto parsed = [](const std::string& text) {
        CLI::App app;
        std::optional<analysis::GrowthLimit> limit;
        add_growth_option(app, "--max-growth", limit, "…");
        app.parse(std::vector<std::string>{"--max-growth=" + text});
        return limit;
    };
    CHECK(parsed("5%,512MiB")->bytes == std::int64_t{512} << 20);
    CHECK(parsed("0")->bytes == 0);
    for (const char* text : {"5", "5%,20", "20,5%"})
        CHECK_THROWS_WITH(parsed(text), Catch::Contains("has no unit"));
    CHECK_THROWS_WITH(parsed("5%,20G"), Catch::Contains("(use 20GB or 20GiB)"));
    CHECK_THROWS_WITH(parsed("5%,5%"), Catch::Contains("5%,512MiB"));
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
