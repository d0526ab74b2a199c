// The tables of a page: the rows of the built-in queries.
#pragma once

#include <string>
#include <string_view>

#include "analysis/query/query.hpp"
#include "page/json_block.hpp"
#include "report/figures.hpp"

namespace snapq::page {

// Writes the member `tables` of a device. Tables without a row are left out. Sizes are bytes, not texts, so
// that the page can sort them. `largest`: the numbers of the largest allocations, as LargestRows gives them.
void write_tables(JsonBlock& to, analysis::QuerySession& session, const report::DeviceFigures& figures,
                  const std::string& largest);

// The query `largest` for the allocations whose numbers are in the JSON array :rows. The query itself would
// read and sort all allocations a second time.
[[nodiscard]] std::string largest_by_number(std::string_view sql);

}  // namespace snapq::page
