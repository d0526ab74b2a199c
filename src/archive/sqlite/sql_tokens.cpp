#include "archive/sqlite/sql_tokens.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace snapq::archive::sqlite {
namespace {

constexpr std::string_view k_space = " \t\n\f\r";
constexpr std::string_view k_byte_order_mark = "\xef\xbb\xbf";

bool is_in_word(char c) {
    const char lower = static_cast<char>(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
}

// The quote that ends what `c` begins; 0 for a character that is no quote.
char closing_quote(char c) {
    if (c == '[') return ']';
    return c == '\'' || c == '"' || c == '`' ? c : '\0';
}

// The size of the text up to the end of the first `end` at or after `from`; without one, the size of the
// whole text.
std::size_t size_until(std::string_view sql, std::string_view end, std::size_t from) {
    const std::size_t at = sql.find(end, from);
    return at == std::string_view::npos ? sql.size() : at + end.size();
}

// The size of one character of white space, or of the comment, at the beginning; 0 if there is neither.
std::size_t size_of_gap(std::string_view sql) {
    if (k_space.find(sql.front()) != std::string_view::npos) return 1;
    if (sql.starts_with(k_byte_order_mark)) return k_byte_order_mark.size();
    if (sql.starts_with("--")) return size_until(sql, "\n", 0);
    // At the end of the text, SQLite takes "/*" for a slash and a star.
    return sql.starts_with("/*") && sql.size() > 2 ? size_until(sql, "*/", 2) : 0;
}

// A quote inside is doubled; a name in brackets cannot contain one.
std::size_t size_of_quoted(std::string_view sql, char quote) {
    std::size_t end = 1;
    while (end < sql.size()) {
        if (sql[end++] != quote) continue;
        if (quote == ']' || end == sql.size() || sql[end] != quote) break;
        ++end;
    }
    return end;
}

std::size_t size_of_token(std::string_view sql) {
    if (const char quote = closing_quote(sql.front()); quote != '\0') return size_of_quoted(sql, quote);
    const auto end = std::ranges::find_if_not(sql, is_in_word);
    return std::max<std::size_t>(1, static_cast<std::size_t>(end - sql.begin()));
}

}  // namespace

std::string_view take_token(std::string_view& sql) {
    sql = sql.substr(0, sql.find('\0'));
    while (!sql.empty()) {
        const std::size_t gap = size_of_gap(sql);
        if (gap == 0) break;
        sql.remove_prefix(gap);
    }
    if (sql.empty()) return {};
    const std::string_view token = sql.substr(0, size_of_token(sql));
    sql.remove_prefix(token.size());
    return token;
}

bool is_word(std::string_view token) {
    return !token.empty() && is_in_word(token.front());
}

bool is_name(std::string_view token) {
    return is_word(token) || (!token.empty() && closing_quote(token.front()) != '\0');
}

std::string name_in(std::string_view token) {
    if (token.empty() || closing_quote(token.front()) == '\0') return std::string(token);
    const char quote = closing_quote(token.front());
    std::string name;
    for (std::size_t i = 1; i + 1 < token.size(); ++i) {
        name += token[i];
        if (token[i] == quote) ++i;  // doubled
    }
    return name;
}

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sqlite3_strnicmp(a.data(), b.data(), static_cast<int>(a.size())) == 0;
}

}  // namespace snapq::archive::sqlite
