// Pieces of GitHub's Markdown that the outputs share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace snapq::render {

// GitHub accepts 65 536 characters in a comment. The difference leaves room for text that a workflow adds.
inline constexpr std::size_t k_comment_bytes = 60'000;
// The number of rows of a table that are not folded, and the width of a name in the table.
inline constexpr std::size_t k_comment_rows = 15;
inline constexpr std::size_t k_comment_name_width = 60;

// A folded section; empty when `body` is empty.
[[nodiscard]] std::string markdown_details(std::string_view title, std::string_view body);

}  // namespace snapq::render
