#include "archive/sqlite/row_sorter.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace snapq::archive {
namespace {

TEST_CASE("rows are sorted by their first columns, equal rows in the order in which they were added") {
    RowSorter rows(3, 2);
    const auto add = [&](std::string_view name, std::int64_t number, std::optional<std::int64_t> value) {
        rows.bind(0, name);
        rows.bind(1, number);
        rows.bind(2, value);
        rows.add();
    };
    add("b", 1, 1);
    add("a", 2, std::nullopt);
    add("b", 1, 0);
    add("", 5, 4);
    add("a", -2, 3);
    std::vector<std::string> sorted;
    while (rows.next()) {
        const auto value = rows.maybe_integer(2);
        sorted.push_back(std::string(rows.text(0)) + std::to_string(rows.integer(1)) + "=" +
                         (value ? std::to_string(*value) : "NULL"));
    }
    CHECK(sorted == std::vector<std::string>{"5=4", "a-2=3", "a2=NULL", "b1=1", "b1=0"});
}

// The rows as texts, in the order in which the sorter returns them. Row i has a value by i % 8, a text that
// repeats, and the number i.
std::vector<std::string> sorted_rows(std::int64_t count) {
    constexpr std::int64_t k_large = std::int64_t{1} << 60;
    RowSorter rows(3, 2);
    for (std::int64_t i = 0; i < count; ++i) {
        const std::string text = i % 3 == 0 ? "" : std::string(static_cast<std::size_t>(i % 3), '\xff');
        switch (i % 8) {
            case 0: rows.bind(0, std::optional<std::int64_t>()); break;
            case 1: rows.bind(0, k_large); break;
            case 2: rows.bind(0, k_large + 1); break;
            case 3: rows.bind_real(0, -1.5); break;
            case 4: rows.bind(0, std::int64_t{-2}); break;
            case 5: rows.bind(0, std::string_view("b\0a", 3)); break;
            case 6: rows.bind(0, std::string_view("b")); break;
            default: rows.bind_real(0, static_cast<double>(k_large)); break;
        }
        rows.bind(1, std::string_view(text));
        rows.bind(2, i);
        rows.add();
    }
    std::vector<std::string> sorted;
    while (rows.next()) {
        REQUIRE(rows.is_integer(2));
        sorted.push_back(std::to_string(rows.integer(2)) + (rows.is_null(0) ? " NULL " : " ") +
                         std::to_string(rows.text(1).size()));
    }
    return sorted;
}

TEST_CASE("rows that fit into memory are in the same order as rows that do not") {
    // By value and text: NULL, -2, -1.5, 2^60 as an integer and as a real, 2^60 + 1, "b", "b\0a".
    const std::vector<std::int64_t> k_order{0, 4, 3, 1, 2, 6, 5};
    for (const std::int64_t count : {24, 48, 20'000}) {
        const std::vector<std::string> sorted = sorted_rows(count);
        REQUIRE(sorted.size() == static_cast<std::size_t>(count));
        std::vector<std::string> expected;
        for (const std::int64_t kind : k_order) {
            for (std::int64_t length = 0; length < 3; ++length) {
                for (std::int64_t i = 0; i < count; ++i) {
                    const std::int64_t shown_kind = i % 8 == 7 ? 1 : i % 8;
                    if (shown_kind != kind || i % 3 != length) continue;
                    expected.push_back(std::to_string(i) + (kind == 0 ? " NULL " : " ") +
                                       std::to_string(length));
                }
            }
        }
        CHECK(sorted == expected);
    }
}

TEST_CASE("a sorter without rows returns none") {
    CHECK_FALSE(RowSorter(1, 1).next());
}

}  // namespace
}  // namespace snapq::archive
