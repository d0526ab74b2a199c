#include "archive/tables/accepted_schema.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>

#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/database.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

namespace snapq::archive::tables {
namespace {

using sqlite::is_name;
using sqlite::is_word;
using sqlite::name_in;
using sqlite::same_name;
using sqlite::take_token;

// In bytes. The longest view that snapq writes has 1.2 KB.
constexpr std::size_t k_longest_view = 4 << 10;

// The words that a view may have before a parenthesis: functions whose time does not depend on long texts,
// and the words after which SQL allows a parenthesis.
constexpr std::array<std::string_view, 44> k_before_parenthesis{
    "abs",     "avg",    "coalesce", "count",  "iif",   "ifnull",   "lag",        "lead",  "max",
    "min",     "nullif", "rank",     "round",  "sum",   "total",    "all",        "and",   "as",
    "by",      "case",   "cross",    "else",   "from",  "in",       "is",         "join",  "not",
    "on",      "or",     "over",     "select", "then",  "using",    "union",      "when",  "where",
    "between", "exists", "filter",   "having", "limit", "distinct", "row_number", "except"};

// With WITH, a short text can describe any amount of work. The others compare, match or make texts of any
// length.
constexpr std::array<std::string_view, 6> k_refused_in_views{"with",   "like",  "glob",
                                                             "regexp", "match", "cast"};

constexpr std::string_view k_hint =
    "archives hold plain tables and simple views only: see 'What commands accept as an archive' in "
    "docs/archive-format.md";

// Names in lower case, in a hash table, because a crafted schema may have thousands of views that name each
// other.
using ViewNames = std::unordered_set<std::string>;

std::string in_small_letters(std::string name) {
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    }
    return name;
}

bool contains(const auto& names, std::string_view name) {
    return std::ranges::any_of(names, [&](std::string_view known) { return same_name(known, name); });
}

// In the statement of a table, these words cannot be names: they begin a constraint or a generated column.
std::string fault_of_table(std::string_view sql) {
    while (true) {
        const std::string_view token = take_token(sql);
        if (token.empty()) return {};
        if (same_name(token, "check")) return "has a CHECK constraint";
        if (same_name(token, "as")) return "has a generated column";
    }
}

// Only `NAME ON TABLE(COLUMN [COLLATE NAME] [ASC|DESC], …)` has neither an expression nor a condition.
std::string fault_of_index(std::string_view sql) {
    constexpr const char* k_fault = "is on an expression or on a part of its table";
    if (!is_name(take_token(sql)) || !same_name(take_token(sql), "on") || !is_name(take_token(sql)) ||
        take_token(sql) != "(") {
        return k_fault;
    }
    while (true) {
        if (!is_name(take_token(sql))) return k_fault;
        std::string_view next = take_token(sql);
        if (same_name(next, "collate")) {
            if (!is_name(take_token(sql))) return k_fault;
            next = take_token(sql);
        }
        if (same_name(next, "asc") || same_name(next, "desc")) next = take_token(sql);
        if (next == ")") break;
        if (next != ",") return k_fault;
    }
    return take_token(sql).empty() ? "" : k_fault;
}

// `sql` begins with the name. Views over views are refused, because they could multiply each other's rows.
std::string fault_of_view(std::string_view sql, const ViewNames& views) {
    if (sql.size() > k_longest_view) return "has more than 4 KiB";
    std::string_view before;  // the name: its columns may follow in parentheses
    static_cast<void>(take_token(sql));
    while (true) {
        const std::string_view token = take_token(sql);
        if (token.empty()) return {};
        const bool calls = token == "(" && is_name(before) && !contains(k_before_parenthesis, before);
        if (calls) return fmt::format("calls {}", abbreviate(name_in(before)));
        if (is_word(token) && contains(k_refused_in_views, token)) return fmt::format("has {}", token);
        if ((token == "|" && before == "|") || (token == ">" && before == "-"))
            return fmt::format("has {}{}", before, token);
        if (is_name(token) && views.contains(in_small_letters(name_in(token))))
            return fmt::format("reads another view, {}", abbreviate(name_in(token)));
        before = token;
    }
}

// What is wrong with an entry of the schema; empty when it is accepted. Its column `type` is not used,
// because SQLite runs the statement whatever the type is.
std::string fault_of(const std::string& name, std::string_view sql, const ViewNames& views) {
    const auto fault_in = [&](std::string_view kind, const std::string& fault) {
        return fault.empty() ? fault : fmt::format("{} {} {}", kind, name, fault);
    };
    if (same_name(take_token(sql), "create")) {
        std::string_view kind = take_token(sql);
        if (same_name(kind, "table")) return fault_in("table", fault_of_table(sql));
        if (same_name(kind, "view")) return fault_in("view", fault_of_view(sql, views));
        if (same_name(kind, "virtual")) return fault_in("virtual table", "is not accepted");
        if (same_name(kind, "trigger")) return fault_in("trigger", "is not accepted");
        if (same_name(kind, "unique")) kind = take_token(sql);
        if (same_name(kind, "index")) return fault_in("index", fault_of_index(sql));
    }
    return fault_in("entry", "is neither a table nor an index nor a view");
}

// The name of the view that the statement creates; empty when it creates none.
std::string name_of_view(std::string_view sql) {
    if (!same_name(take_token(sql), "create") || !same_name(take_token(sql), "view")) return {};
    return name_in(take_token(sql));
}

// An index that belongs to a PRIMARY KEY or to UNIQUE has no statement.
sqlite::Statement statements(sqlite3* database, const std::string& schema) {
    return {database,
            fmt::format("SELECT name, sql FROM {}.sqlite_master WHERE sql IS NOT NULL", quoted_name(schema))};
}

}  // namespace

void check_schema(sqlite3* database, const std::string& schema) {
    ViewNames views;
    sqlite::Statement entries = statements(database, schema);
    while (entries.step()) {
        const std::string view = name_of_view(entries.text(1));
        if (!view.empty()) views.insert(in_small_letters(view));
    }
    entries.reset();
    while (entries.step()) {
        const std::string fault = fault_of(abbreviate(entries.text(0)), entries.text(1), views);
        if (!fault.empty()) throw RefusedDatabase(fault).with_hint(std::string(k_hint));
    }
}

}  // namespace snapq::archive::tables
