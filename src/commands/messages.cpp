#include "snapq/commands/messages.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "snapq/render/text_width.hpp"

namespace snapq::commands {

void print_error(std::string_view message, std::string_view hint) {
    fmt::print(stderr, "snapq: error: {}\n", render::printable(message));
    if (!hint.empty()) fmt::print(stderr, "snapq: hint: {}\n", render::printable_lines(hint));
}

}  // namespace snapq::commands
