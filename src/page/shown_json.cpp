#include "page/shown_json.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

#include "json/writer.hpp"

namespace snapq::page {
namespace {

// The length of the text in quotes at the beginning of `json`, with its quotes.
std::size_t quoted_length(std::string_view json) {
    std::size_t at = 1;
    while (json[at] != '"') at += json[at] == '\\' ? std::size_t{2} : std::size_t{1};
    return at + 1;
}

// What JsonWriter escapes: quotes, backslashes and control characters.
std::string unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\') {
            plain += text[at];
            continue;
        }
        constexpr std::size_t k_digits = 4;
        constexpr int k_hexadecimal = 16;
        switch (text[++at]) {
            case 'n': plain += '\n'; break;
            case 'r': plain += '\r'; break;
            case 't': plain += '\t'; break;
            case 'u':
                plain += static_cast<char>(
                    std::strtol(std::string(text.substr(at + 1, k_digits)).c_str(), nullptr, k_hexadecimal));
                at += k_digits;
                break;
            default: plain += text[at];
        }
    }
    return plain;
}

}  // namespace

std::string with_shown_names(std::string_view json, const analysis::ShownNames& names) {
    std::string shown;
    while (!json.empty()) {
        const std::size_t before = std::min(json.find('"'), json.size());
        shown += json.substr(0, before);
        json.remove_prefix(before);
        if (json.empty()) break;
        const std::string_view quoted = json.substr(0, quoted_length(json));
        json.remove_prefix(quoted.size());
        // Most texts have no path.
        if (quoted.find_first_of("/\\") == std::string_view::npos) {
            shown += quoted;
        } else {
            json::append_json_string(shown, names.text(unescaped(quoted.substr(1, quoted.size() - 2))));
        }
    }
    return shown;
}

}  // namespace snapq::page
