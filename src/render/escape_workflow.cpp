#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "render/escape.hpp"
#include "support/text.hpp"

namespace snapq::render {
namespace {

bool ends_line(char c) {
    return c == '\n' || c == '\r';
}

// Characters without a width are among these. The others do no harm: they only make a guard more careful.
bool may_be_invisible(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || byte < 0x20 || byte == 0x7f;
}

// What may stand before the "::" of a C++ name, as in "f()::", "v<int>::", "{lambda}::" and "'f'::".
bool ends_word(char c) {
    return is_word_character(c) || std::string_view(")>]}'`").find(c) != std::string_view::npos;
}

// A workflow command is one line in which % and line ends are escaped, and in properties also ':' and ','.
std::string percent_escaped(std::string_view text, bool property) {
    std::string escaped;
    for (const char c : text) {
        const bool special = c == '%' || ends_line(c) || (property && (c == ':' || c == ','));
        if (special) {
            escaped += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            escaped += c;
        }
    }
    return escaped;
}

std::string guarded(std::string_view text) {
    std::string safe;
    WorkflowGuard().append(safe, text);
    return safe;
}

}  // namespace

void WorkflowGuard::append_code(std::string& to, char c) const {
    fmt::format_to(std::back_inserter(to),
                   fmt::runtime(m_content == Content::json ? "\\u{:04x}" : "\\x{:02x}"),
                   static_cast<unsigned>(static_cast<unsigned char>(c)));
}

void WorkflowGuard::append_special(std::string& to, char c) {
    const bool is_command = (c == ':' && m_after_colon) || (c == '[' && m_hashes == 2);
    is_command ? append_code(to, c) : to.push_back(c);
    m_after_colon = c == ':' && !m_after_word && !is_command;
    m_hashes = c == '#' ? std::min(m_hashes + 1, 2) : 0;
    // After "std:" the second colon belongs to the word as well, and so does what is shown by its code.
    m_after_word = is_command || (c == ':' && m_after_word);
}

void WorkflowGuard::append(std::string& to, std::string_view bytes) {
    for (const char c : bytes) {
        if (c == ':' || c == '[' || c == '#') {
            append_special(to, c);
            continue;
        }
        to.push_back(c);
        if (ends_line(c) || !may_be_invisible(c)) {
            m_after_colon = false;
            m_hashes = 0;
        }
        m_after_word = ends_word(c);
    }
}

std::string workflow_command(std::string_view command, AnyText title, AnyText message) {
    return fmt::format("::{} title={}::{}\n", command, percent_escaped(guarded(title.raw()), true),
                       percent_escaped(guarded(message.raw()), false));
}

}  // namespace snapq::render
