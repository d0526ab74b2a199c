#include "json/scan.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace snapq::json {
namespace {

enum class Role : std::uint8_t { none, quote, open, close };

constexpr std::array<Role, 256> make_roles() {
    std::array<Role, 256> roles{};
    roles['"'] = Role::quote;
    roles['['] = roles['{'] = Role::open;
    roles[']'] = roles['}'] = Role::close;
    return roles;
}
constexpr std::array<Role, 256> k_roles = make_roles();

// Keeps its place when the window gets more bytes.
class ValueScan {
public:
    // Length of the value, or 0 when `text` ends first.
    std::size_t go_on(std::string_view text) {
        while (m_at < text.size()) {
            if (m_text_begin != 0 && !leave_text(text)) return 0;
            while (m_at < text.size() && k_roles[static_cast<unsigned char>(text[m_at])] == Role::none)
                ++m_at;
            if (m_at == text.size()) return 0;
            const Role role = k_roles[static_cast<unsigned char>(text[m_at++])];
            if (role == Role::quote) m_text_begin = m_at;
            if (role == Role::open) ++m_depth;
            if (role == Role::close && --m_depth == 0) return m_at;
        }
        return 0;
    }

private:
    bool leave_text(std::string_view text) {
        const std::size_t quote = find_closing_quote(text, m_text_begin, m_at);
        m_at = quote == std::string_view::npos ? text.size() : quote + 1;
        if (quote == std::string_view::npos) return false;
        m_text_begin = 0;
        return true;
    }

    std::size_t m_at = 0;
    std::size_t m_text_begin = 0;  // of the text that the place lies in; 0: in none
    std::size_t m_depth = 0;
};

}  // namespace

std::size_t find_closing_quote(std::string_view text, std::size_t from, std::size_t searched) {
    for (std::size_t quote = text.find('"', searched); quote != std::string_view::npos;
         quote = text.find('"', quote + 1)) {
        std::size_t first_backslash = quote;
        while (first_backslash > from && text[first_backslash - 1] == '\\') --first_backslash;
        if ((quote - first_backslash) % 2 == 0) return quote;
    }
    return std::string_view::npos;
}

std::optional<std::size_t> length_of_value(JsonWindow& window, std::size_t longest) {
    ValueScan scan;
    for (;;) {
        const std::string_view ahead = window.ahead();
        const std::size_t length = scan.go_on(ahead.substr(0, longest));
        if (length > 0) return length;
        if (ahead.size() >= longest || !window.read_more()) return std::nullopt;
    }
}

}  // namespace snapq::json
