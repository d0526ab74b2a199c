#include "commands/messages.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "render/text_width.hpp"

namespace snapq::commands {

void print_error(std::string_view message, std::string_view hint) {
    std::string text = fmt::format("snapq: error: {}\n", render::printable(message));
    if (!hint.empty()) text += fmt::format("snapq: hint: {}\n", render::printable_lines(hint));
    say_text(text);
}

void say_text(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace snapq::commands
