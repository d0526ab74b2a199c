#include "commands/options/size_option.hpp"

#include <vector>

#include "support/catch.hpp"

namespace snapq::commands {
namespace {

std::optional<std::int64_t> parsed(const std::string& text) {
    CLI::App app;
    std::optional<std::int64_t> size;
    add_size_option(app, "--max-peak", size, "…");
    std::vector<std::string> arguments{"--max-peak=" + text};
    app.parse(arguments);
    return size;
}

}  // namespace

TEST_CASE("sizes are read with the contract's units, not the option library's") {
    CHECK(parsed("512MiB") == std::int64_t{512} << 20);
    CHECK(parsed("20GB") == 20'000'000'000);
    CHECK(parsed("1.5GiB") == std::int64_t{3} << 29);
    CHECK(parsed("17") == 17);
}

TEST_CASE("an absent size stays absent") {
    CLI::App app;
    std::optional<std::int64_t> size;
    add_size_option(app, "--max-peak", size, "…");
    app.parse(std::vector<std::string>{});
    CHECK_FALSE(size);
}

TEST_CASE("a wrong size is refused with examples of right ones") {
    for (const char* text : {"lots", "5XB", "-1MiB", "1e99GiB"}) {
        CHECK_THROWS_WITH(parsed(text), Catch::Contains("--max-peak") && Catch::Contains("512MiB"));
    }
}

}  // namespace snapq::commands
