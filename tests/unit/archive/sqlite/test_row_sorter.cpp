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

TEST_CASE("a sorter without rows returns none") {
    CHECK_FALSE(RowSorter(1, 1).next());
}

}  // namespace
}  // namespace snapq::archive
