#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

#include "page/row_selection.hpp"

namespace snapq::page {

TEST_CASE("The largest rows are kept, of equal ones the first") {
    LargestRows rows;
    CHECK(LargestRows().take_json() == "[]");
    for (std::int64_t idx = 0; idx < 5000; ++idx) rows.add(idx, idx == 4711 ? 9 : 5);
    const std::string json = rows.take_json();
    CHECK(static_cast<std::size_t>(std::count(json.begin(), json.end(), ',')) + 1 == k_most_table_rows);
    CHECK(json.ends_with(",4711]"));
    CHECK(json.starts_with("[998,997,"));
}

}  // namespace snapq::page
