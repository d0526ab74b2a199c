#include "commands/reference/roff.hpp"

#include <fmt/format.h>

#include "support/text.hpp"

namespace snapq::commands {
namespace {

// roff shows the plain characters as typographic ones, which cannot be copied into a shell.
std::string_view escape_of(char32_t code) {
    switch (code) {
        case '\\': return "\\(rs";
        case '-': return "\\-";
        case '\'': return "\\(aq";
        case '"': return "\\(dq";
        case '`': return "\\(ga";
        case '^': return "\\(ha";
        case '~': return "\\(ti";
        default: return {};
    }
}

}  // namespace

std::string roff(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const Utf8Character character = first_character(text);
        const bool begins_line = result.empty() || result.back() == '\n';
        if (const std::string_view escape = escape_of(character.code); !escape.empty()) {
            result += escape;
        } else if (character.code > 0x7e) {
            result += fmt::format("\\[u{:04X}]", static_cast<std::uint32_t>(character.code));
        } else {
            // A dot at the beginning of a line would be a request.
            if (begins_line && character.code == '.') result += "\\&";
            result += text.front();
        }
        text.remove_prefix(character.length);
    }
    return result;
}

}  // namespace snapq::commands
