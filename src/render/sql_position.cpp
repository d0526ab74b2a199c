#include "render/sql_position.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "render/text_width.hpp"

namespace snapq::render {
namespace {

// Columns of a line that are shown around the place.
constexpr std::size_t k_shown_before = 60;
constexpr std::size_t k_shown_after = 30;

}  // namespace

std::string mark_position(std::string_view text, std::size_t offset) {
    offset = std::min(offset, text.size());
    const std::size_t begin = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;  // npos + 1 is 0
    const std::size_t end = std::min(text.find('\n', offset), text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
    const std::string before = keep_end(text.substr(begin, offset - begin), k_shown_before);
    const std::string after = keep_start(text.substr(offset, end - offset), k_shown_after);
    return fmt::format("line {}, column {}:\n  {}{}\n  {:>{}}", line, offset - begin + 1, before, after, '^',
                       display_width(before) + 1);
}

}  // namespace snapq::render
