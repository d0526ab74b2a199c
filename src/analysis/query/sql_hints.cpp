#include "analysis/query/sql_hints.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/text.hpp"

namespace snapq::analysis {
namespace {

constexpr std::string_view k_no_table = "no such table: ";
constexpr std::string_view k_no_column = "no such column: ";

// Hostile archives have tables of any number of columns.
constexpr std::size_t k_most_columns = 64;

// The end of the string or comment that begins at `at`; `at` itself if there is none. Names in double quotes
// are not skipped.
std::size_t end_of_text(std::string_view sql, std::size_t at) {
    const auto after = [&](std::string_view mark, std::size_t from) {
        const std::size_t found = sql.find(mark, from);
        return found == std::string_view::npos ? sql.size() : found + mark.size();
    };
    if (sql[at] == '\'') return after("'", at + 1);
    if (sql.substr(at).starts_with("--")) return after("\n", at);
    if (sql.substr(at).starts_with("/*")) return after("*/", at + 2);
    return at;
}

// The names and keywords of the statement, in lower case.
std::set<std::string> words_of(std::string_view sql) {
    std::set<std::string> words;
    for (std::size_t at = 0; at < sql.size();) {
        if (const std::size_t end = end_of_text(sql, at); end > at) {
            at = end;
            continue;
        }
        std::size_t end = at;
        while (end < sql.size() && is_word_character(sql[end])) ++end;
        if (end > at) words.insert(lowercase(sql.substr(at, end - at)));
        at = std::max(end, at + 1);
    }
    return words;
}

std::vector<std::string> first_column(archive::Query query) {
    std::vector<std::string> texts;
    while (query.next()) texts.push_back(abbreviate(query.text(0)));
    return texts;
}

std::vector<std::string> tables_of(archive::Database& database) {
    return first_column(database.prepare(
        "SELECT DISTINCT name FROM pragma_table_list WHERE type IN ('table', 'view') AND schema <> 'temp' "
        "AND name NOT LIKE 'sqlite_%' ORDER BY name"));
}

std::vector<std::string> columns_of(archive::Database& database, const std::string& table) {
    archive::Query query = database.prepare("SELECT name FROM pragma_table_info(?1)");
    query.bind(1, std::string_view(table));
    return first_column(std::move(query));
}

std::string list_of(const std::vector<std::string>& columns) {
    const std::size_t shown = std::min(columns.size(), k_most_columns);
    return fmt::format("{}{}",
                       fmt::join(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                       shown < columns.size() ? ", …" : "");
}

// `column` may have the name of its table, or an alias, in front.
std::string column_hint(archive::Database& database, std::string_view sql, std::string_view column) {
    const std::size_t dot = column.rfind('.');
    const std::string typed = lowercase(column.substr(dot == std::string_view::npos ? 0 : dot + 1));
    const std::set<std::string> words = words_of(sql);
    std::vector<std::string> all = tables_of(database);
    all.insert(all.end(), {"alive_at", "blocks_at", "live_at"});
    std::string lists;
    std::vector<std::string> known;
    for (const std::string& table : all) {
        if (!words.contains(lowercase(table))) continue;
        const std::vector<std::string> columns = columns_of(database, table);
        if (columns.empty()) continue;
        lists += fmt::format("{}{} has {}", lists.empty() ? "" : "\n", table, list_of(columns));
        known.insert(known.end(), columns.begin(), columns.end());
    }
    const std::string nearest = nearest_word(typed, known);
    if (!nearest.empty()) lists = fmt::format("did you mean {}?\n{}", nearest, lists);
    return lists;
}

}  // namespace

std::string sql_hint(archive::Database& database, std::string_view sql, std::string_view message) {
    if (message.starts_with(k_no_table))
        return fmt::format("the archive has {}", fmt::join(tables_of(database), ", "));
    if (message.starts_with(k_no_column))
        return column_hint(database, sql, message.substr(k_no_column.size()));
    return {};
}

}  // namespace snapq::analysis
