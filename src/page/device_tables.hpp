// The tables of a page: the rows of the built-in queries.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "analysis/query/query.hpp"
#include "page/html_writer.hpp"
#include "report/figures.hpp"

namespace snapq::page {

// Writes the member `tables` of a device. Tables without a row are left out. Sizes are numbers of bytes, not
// texts, so that the page can sort them. `largest`: the numbers (`idx`) of the largest allocations, from
// LargestRows::take_json().
void write_tables(JsonBlock& to, analysis::QuerySession& session, const report::DeviceFigures& figures,
                  const std::string& largest);

// The query `largest` for the allocations whose numbers are in the JSON array :rows. The query itself would
// read and sort all allocations a second time.
[[nodiscard]] std::string largest_by_number(std::string_view sql);

// Replaces each result column `format_bytes(EXPRESSION) AS NAME` by `(EXPRESSION) AS NAME`, and adds NAME to
// `sizes`. Inside longer expressions, format_bytes stays.
[[nodiscard]] std::string with_plain_sizes(std::string_view sql, std::set<std::string>& sizes);

}  // namespace snapq::page
