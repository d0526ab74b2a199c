#include "page/plain_sizes.hpp"

#include <cstddef>

namespace snapq::page {
namespace {

constexpr std::string_view k_function = "format_bytes";

// The length of the text in parentheses at the beginning of `sql`, which has no parenthesis in a quoted text.
std::size_t parenthesised_length(std::string_view sql) {
    int depth = 0;
    for (std::size_t at = 0; at < sql.size(); ++at) {
        if (sql[at] == '(') ++depth;
        if (sql[at] == ')' && --depth == 0) return at + 1;
    }
    return sql.size();
}

// The name in ` AS NAME` or ` AS "NAME"` at the beginning of `sql`; empty if something else is there.
std::string_view column_name_in(std::string_view sql) {
    constexpr std::string_view k_as = " AS ";
    if (!sql.starts_with(k_as)) return {};
    sql.remove_prefix(k_as.size());
    if (sql.starts_with('"')) return sql.substr(1, sql.find('"', 1) - 1);
    return sql.substr(0, sql.find_first_of(", \n"));
}

}  // namespace

std::string with_plain_sizes(std::string_view sql, std::set<std::string>& sizes) {
    std::string plain;
    for (std::size_t at = sql.find(k_function); at != std::string_view::npos; at = sql.find(k_function)) {
        plain += sql.substr(0, at);
        sql.remove_prefix(at + k_function.size());
        const std::size_t length = parenthesised_length(sql);
        const std::string_view name = column_name_in(sql.substr(length));
        if (name.empty()) {
            plain += k_function;
        } else {
            sizes.emplace(name);
        }
    }
    plain += sql;
    return plain;
}

}  // namespace snapq::page
