// The built-in queries, with numbers in place of sizes for people.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace snapq::page {

// Replaces each result column `format_bytes(EXPRESSION) AS NAME` by `(EXPRESSION) AS NAME`, and adds NAME to
// `sizes`. Inside longer expressions, format_bytes stays.
[[nodiscard]] std::string with_plain_sizes(std::string_view sql, std::set<std::string>& sizes);

}  // namespace snapq::page
