#include "snapq/support/json_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace snapq {
namespace {

void append_escaped(std::string& into, char c) {
    switch (c) {
        case '"':
            into += "\\\"";
            return;
        case '\\':
            into += "\\\\";
            return;
        case '\n':
            into += "\\n";
            return;
        case '\r':
            into += "\\r";
            return;
        case '\t':
            into += "\\t";
            return;
        default:
            break;
    }
    if (static_cast<unsigned char>(c) < 0x20) {
        fmt::format_to(std::back_inserter(into), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
        into += c;
    }
}

}  // namespace

void append_json_string(std::string& into, std::string_view text) {
    into += '"';
    for (const char c : text) append_escaped(into, c);
    into += '"';
}

}  // namespace snapq
