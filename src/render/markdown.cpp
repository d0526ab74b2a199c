#include "render/markdown.hpp"

#include <fmt/format.h>

namespace snapq::render {
std::string markdown_details(std::string_view title, std::string_view body) {
    if (body.empty()) return {};
    return fmt::format("<details><summary>{}</summary>\n\n{}\n</details>\n\n", title, body);
}

}  // namespace snapq::render
