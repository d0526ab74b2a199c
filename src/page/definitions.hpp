// The meaning of the words on a page, in one sentence each.
#pragma once

#include <span>
#include <string_view>

namespace snapq::page {

struct Definition {
    std::string_view term;  // as in the JSON of `summary`, or a word of the page
    std::string_view sentence;
};

[[nodiscard]] std::span<const Definition> definitions();

}  // namespace snapq::page
