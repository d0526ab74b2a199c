#include "commands/shell/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "analysis/moment.hpp"
#include "analysis/query/named_queries.hpp"
#include "render/escape.hpp"
#include "render/row_writer.hpp"
#include "support/text.hpp"

namespace snapq::commands {

const std::vector<DotCommand>& dot_commands() {
    static const std::vector<DotCommand> commands{
        {".tables", "[PATTERN]", "list tables and views, or those LIKE PATTERN"},
        {".schema", "[TABLE]", "show CREATE statements with the meaning of columns"},
        {".named", "[NAME [PARAM=VALUE…]]", "run a built-in query; without NAME list them"},
        {".mode", "[FORMAT]", "set the format: table, box, csv, tsv, json, jsonl, markdown or line"},
        {".headers", "on|off", "print column names"},
        {".null", "[TEXT]", "set the text for NULL"},
        {".width", "N", "in table and box, cut cells to N columns; 0: do not cut"},
        {".param", "[NAME=VALUE]", "set the value of :NAME; without arguments list all"},
        {".read", "FILE", "run the SQL in FILE"},
        {".timer", "on|off", "print the time of each statement"},
        {".pager", "on|off", "show long results in $PAGER (default: less -S)"},
        {".help", "", "show this text; also: help"},
        {".quit", "", "leave the shell; also: quit, exit, Ctrl-D"},
    };
    return commands;
}

std::vector<std::string> dot_command_names() {
    std::vector<std::string> names;
    for (const DotCommand& command : dot_commands()) names.emplace_back(command.name);
    return names;
}

std::string help_text() {
    std::string text =
        "SQL statements end with a semicolon and may take several lines; Ctrl-C stops a statement.\n\n";
    for (const DotCommand& command : dot_commands()) {
        text +=
            fmt::format("{:<32}{}\n", fmt::format("{} {}", command.name, command.arguments), command.does);
    }
    text +=
        "\nFunctions in addition to SQLite's:\n"
        "format_bytes(n)                 1.5 GiB\n"
        "address(n)                      0x7f3a5c000000, also for negative numbers\n"
        "device_name(n)                  host for device -1, else the number\n"
        "parse_bytes('1.5GiB')           1610612736\n"
        "median(x), percentile(x, p)     aggregates; p from 0 to 100\n"
        "text REGEXP 'pattern'           whether the pattern (RE2) matches anywhere in the text\n"
        "callstack(stack_id)             the whole stack, one frame per line\n"
        "callstack(stack_id, 'python')   the same without C++ frames\n"
        "event_of(device, MOMENT)        the event of a moment; NULL if the device does not have it\n"
        "\nTables with arguments, for example SELECT sum(size) FROM alive_at(0, 'peak');\n"
        "alive_at(device, MOMENT)        the allocations that are live at the moment\n"
        "live_at(device, MOMENT)         their sums by stack and origin\n"
        "blocks_at(device, MOMENT)       the segments at the moment, cut into blocks\n"
        "All functions of a stack or a moment accept the NAME of an attached archive: callstack as its\n"
        "second argument, the others as their last.\n"
        "\nMoments:\n";
    for (const analysis::MomentForm& form : analysis::moment_forms()) {
        text += fmt::format("{:<32}{}\n", form.form, form.meaning);
    }
    return text;
}

namespace {

constexpr std::array k_keywords{
    "ALL",    "AND",    "AS",        "ASC",        "BETWEEN",   "BY",     "CASE",   "CAST",      "COLLATE",
    "CROSS",  "DESC",   "DISTINCT",  "ELSE",       "END",       "ESCAPE", "EXCEPT", "EXISTS",    "EXPLAIN",
    "FILTER", "FROM",   "GLOB",      "GROUP",      "HAVING",    "IN",     "INNER",  "INTERSECT", "IS",
    "JOIN",   "LEFT",   "LIKE",      "LIMIT",      "NOT",       "NULL",   "OFFSET", "ON",        "OR",
    "ORDER",  "OVER",   "PARTITION", "QUERY PLAN", "RECURSIVE", "REGEXP", "SELECT", "THEN",      "UNION",
    "USING",  "VALUES", "WHEN",      "WHERE",      "WITH"};

constexpr std::array k_functions{
    "abs(",          "address(", "alive_at(",   "avg(",         "blocks_at(",   "callstack(",
    "coalesce(",     "count(",   "dense_rank(", "device_name(", "event_of(",    "format_bytes(",
    "group_concat(", "hex(",     "ifnull(",     "iif(",         "instr(",       "json_each(",
    "json_extract(", "lag(",     "lead(",       "length(",      "live_at(",     "lower(",
    "max(",          "median(",  "min(",        "nullif(",      "parse_bytes(", "percentile(",
    "printf(",       "rank(",    "regexp(",     "replace(",     "round(",       "row_number(",
    "substr(",       "sum(",     "total(",      "trim(",        "typeof(",      "upper("};

bool begins_with(std::string_view word, std::string_view beginning) {
    return word.size() >= beginning.size() &&
           lowercase(word.substr(0, beginning.size())) == lowercase(beginning);
}

// Keywords get the case of the typed text: sel becomes select, SEL becomes SELECT.
std::string in_case_of(std::string_view typed, const std::string& word) {
    const bool small = !typed.empty() && std::islower(static_cast<unsigned char>(typed[0])) != 0;
    return small ? lowercase(word) : word;
}

template <typename Words>
Completion matching(std::string_view typed, const Words& words) {
    std::set<std::string> found;
    for (const auto& word : words) {
        // Names with control characters are not offered.
        if (begins_with(word, typed) && render::printable(word) == word) found.emplace(word);
    }
    return {typed.size(), {found.begin(), found.end()}};
}

std::vector<std::string> table_names(const Vocabulary& vocabulary) {
    std::vector<std::string> names;
    for (const auto& [table, columns] : vocabulary.columns) names.push_back(table);
    return names;
}

Completion complete_command(std::string_view line, const Vocabulary& vocabulary) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) return matching(line, dot_command_names());
    const std::string_view command = line.substr(0, blank);
    const std::string_view argument = line.substr(line.find_last_of(' ') + 1);
    if (command == ".mode") return matching(argument, render::row_format_names());
    if (command == ".schema" || command == ".tables") return matching(argument, table_names(vocabulary));
    if (command == ".timer" || command == ".pager" || command == ".headers") {
        return matching(argument, std::array{"off", "on"});
    }
    if (command == ".named") {
        std::vector<std::string> names;
        for (const analysis::NamedQuery& query : analysis::named_queries()) names.emplace_back(query.name);
        return matching(argument, names);
    }
    return {};
}

// Completes after a dot: the columns of the table before it, or all columns if there is no such table,
// because the name may be an alias.
Completion complete_column(std::string_view before, std::string_view typed, const Vocabulary& vocabulary) {
    const auto table = vocabulary.columns.find(lowercase(before));
    if (table != vocabulary.columns.end()) return matching(typed, table->second);
    std::vector<std::string> names;
    for (const auto& [name, columns] : vocabulary.columns) {
        const std::size_t dot = name.find('.');
        if (dot != std::string::npos && name.substr(0, dot) == before) names.push_back(name.substr(dot + 1));
        names.insert(names.end(), columns.begin(), columns.end());
    }
    return matching(typed, names);
}

void add_schema(Vocabulary& vocabulary, archive::Database& database, const std::string& schema) {
    std::vector<std::string> tables;
    archive::Query names =
        database.prepare("SELECT name FROM " + archive::quoted_name(schema) +
                         ".sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'");
    while (names.next()) tables.emplace_back(names.text(0));
    archive::Query columns = database.prepare("SELECT name FROM pragma_table_info(?1, ?2)");
    for (const std::string& table : tables) {
        columns.reset();
        columns.bind(1, table);
        columns.bind(2, schema);
        auto& known = vocabulary.columns[schema == "main" ? table : schema + "." + table];
        while (columns.next()) known.emplace_back(columns.text(0));
    }
}

}  // namespace

Vocabulary vocabulary_of(archive::Database& database) {
    Vocabulary vocabulary;
    std::vector<std::string> schemas;
    archive::Query list = database.prepare("SELECT name FROM pragma_database_list WHERE name <> 'temp'");
    while (list.next()) schemas.emplace_back(list.text(0));
    for (const std::string& schema : schemas) add_schema(vocabulary, database, schema);
    vocabulary.words.assign(k_keywords.begin(), k_keywords.end());
    vocabulary.words.insert(vocabulary.words.end(), k_functions.begin(), k_functions.end());
    return vocabulary;
}

Completion complete(std::string_view line, const Vocabulary& vocabulary) {
    if (line.starts_with('.')) return complete_command(line, vocabulary);
    std::size_t begin = line.size();
    while (begin > 0 && is_word_character(line[begin - 1])) --begin;
    const std::string_view typed = line.substr(begin);
    if (begin > 0 && line[begin - 1] == '.') {
        std::size_t name = begin - 1;
        while (name > 0 && is_word_character(line[name - 1])) --name;
        return complete_column(line.substr(name, begin - 1 - name), typed, vocabulary);
    }
    if (typed.empty()) return {};
    std::set<std::string> words;
    for (const std::string& word : vocabulary.words) words.insert(in_case_of(typed, word));
    for (const auto& [table, columns] : vocabulary.columns) {
        words.insert(table);
        words.insert(columns.begin(), columns.end());
    }
    return matching(typed, words);
}

std::string common_beginning(const std::vector<std::string>& candidates) {
    if (candidates.empty()) return {};
    std::string common = candidates.front();
    for (const std::string& candidate : candidates) {
        std::size_t same = 0;
        while (same < std::min(common.size(), candidate.size()) &&
               lowercase(common.substr(same, 1)) == lowercase(candidate.substr(same, 1))) {
            ++same;
        }
        common.resize(same);
    }
    return common;
}

}  // namespace snapq::commands
