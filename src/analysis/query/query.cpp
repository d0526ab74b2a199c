#include "analysis/query/query.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/moment.hpp"
#include "archive/sqlite/database.hpp"
#include "archive/tables/temporary_views.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

namespace snapq::analysis {
namespace {

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
    Number number{};
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ptr != end || parsed.ec != std::errc() || text.empty()) return std::nullopt;
    return number;
}

bool is_quoted(std::string_view text) {
    return text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front();
}

// "inf" and "nan" are taken as text, not as numbers.
bool begins_like_number(std::string_view text) {
    const std::size_t first = text.find_first_not_of("+-.");
    return first != std::string_view::npos && text[first] >= '0' && text[first] <= '9';
}

constexpr std::string_view k_null = "NULL";

void bind_value(archive::Query& query, int number, const decltype(Parameter::value)& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return query.bind(number, *integer);
    if (const auto* real = std::get_if<double>(&value)) return query.bind(number, *real);
    if (const auto* text = std::get_if<std::string>(&value)) return query.bind(number, *text);
    query.bind_null(number);
}

// Binds the parameters of statements, and remembers which parameters were used.
class Binder {
public:
    Binder(std::span<const Parameter> parameters, MissingParameters missing)
        : m_parameters(parameters), m_used(parameters.size()), m_missing(missing) {}

    void bind(archive::Query& query) {
        for (int number = 1; number <= query.parameter_count(); ++number) {
            const std::string name = query.parameter_name(number);
            m_names.insert(":" + name.substr(1));
            const auto found = std::ranges::find(m_parameters, name.substr(1), &Parameter::name);
            if (found != m_parameters.end()) {
                m_used[static_cast<std::size_t>(found - m_parameters.begin())] = true;
                bind_value(query, number, found->value);
            } else if (m_missing == MissingParameters::refused) {
                m_first_missing = m_first_missing.empty() ? name : m_first_missing;
            }
        }
    }

    // A misspelled name causes both errors. The error about the unknown name helps more, so it comes first.
    void check() const {
        check_all_used();
        if (!m_first_missing.empty()) refuse_missing(m_first_missing);
    }

private:
    void check_all_used() const {
        for (std::size_t i = 0; i < m_parameters.size(); ++i) {
            if (m_used[i]) continue;
            UsageError error(fmt::format("there is no parameter :{} in the SQL", m_parameters[i].name));
            if (!m_names.empty()) error.with_hint(fmt::format("it has {}", fmt::join(m_names, ", ")));
            throw error;
        }
    }

    [[noreturn]] static void refuse_missing(const std::string& name) {
        if (name.size() > 1 && name.front() != '?') {
            throw UsageError(fmt::format("the parameter {} has no value", name))
                .with_hint(fmt::format("give it one with --param {}=VALUE", name.substr(1)));
        }
        throw UsageError("a parameter without a name cannot be given a value")
            .with_hint("write :name instead of ?");
    }

    std::span<const Parameter> m_parameters;
    std::vector<bool> m_used;
    std::set<std::string> m_names;  // of all parameters in the statements
    std::string m_first_missing;
    MissingParameters m_missing;
};

}  // namespace

Parameter parse_parameter(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos)
        throw_usage("--param '{}': NAME=VALUE is expected", text);
    Parameter parameter;
    parameter.name = text.substr(text.front() == ':' ? 1 : 0, equals - (text.front() == ':' ? 1 : 0));
    const std::string_view value = text.substr(equals + 1);
    if (value == k_null) {
        parameter.value = std::monostate();
    } else if (is_quoted(value)) {
        parameter.value = std::string(value.substr(1, value.size() - 2));
    } else if (const auto integer = number_of<std::int64_t>(value)) {
        parameter.value = *integer;
    } else if (const auto real = number_of<double>(value); real && begins_like_number(value)) {
        parameter.value = *real;
    } else {
        parameter.value = std::string(value);
    }
    return parameter;
}

std::string text_of(const Parameter& parameter) {
    if (const auto* integer = std::get_if<std::int64_t>(&parameter.value)) return std::to_string(*integer);
    if (const auto* real = std::get_if<double>(&parameter.value)) return fmt::format("{}", *real);
    if (const auto* text = std::get_if<std::string>(&parameter.value)) return *text;
    return std::string(k_null);
}

ResultRows::ResultRows(archive::Query query) : m_query(std::move(query)) {
    for (int column = 0; column < m_query.column_count(); ++column) {
        m_columns.emplace_back(m_query.column_name(column));
    }
    m_cells.resize(m_columns.size());
}

bool ResultRows::next() {
    if (!m_query.next()) return false;
    for (std::size_t column = 0; column < m_cells.size(); ++column) {
        m_cells[column] = m_query.cell(static_cast<int>(column));
    }
    return true;
}

QuerySession::QuerySession(const archive::ArchiveReader& archive)
    : m_database(archive.open_database_for_user()), m_database_bytes(archive.database_size()) {
    m_database.add_functions([this](std::string_view moment, std::int64_t device, const std::string& schema) {
        const Moment parsed = parse_moment(moment);
        return archive::MomentOnDevice{resolve(parsed, m_database, device, schema), text_of(parsed)};
    });
}

void QuerySession::attach(const std::string& name, const archive::ArchiveReader& archive) {
    if (name == "python" || name == "all") {
        throw_usage("the name {} is reserved: callstack(stack_id, '{}') chooses frames by it", name, name);
    }
    archive.attach_to(m_database, name);
    m_database_bytes += archive.database_size();
}

void QuerySession::limit_own_work(const std::string& what) {
    archive::limit_own_work(m_database, m_database_bytes, what);
}

void QuerySession::shorten_names() {
    if (m_shortened.empty()) m_shortened = archive::tables::shorten_names(m_database);
}

void QuerySession::show_whole_names() {
    archive::tables::show_whole_names(m_database, m_shortened);
    m_shortened.clear();
}

void QuerySession::unlimit_work() {
    m_database.limit_work(std::nullopt);
    m_database.limit_time(io::WorkClock::processor, std::nullopt);
}

std::vector<ResultRows> QuerySession::prepare(std::string_view sql, std::span<const Parameter> parameters,
                                              MissingParameters missing) {
    Binder binder(parameters, missing);
    std::vector<ResultRows> results;
    for (std::string_view rest = sql; !rest.empty();) {
        const std::size_t offset = sql.size() - rest.size();
        try {
            archive::Query query = m_database.prepare_first(rest);
            if (query.column_count() == 0) continue;  // a comment
            binder.bind(query);
            results.emplace_back(std::move(query));
        } catch (const archive::StatementError& error) {
            archive::StatementError explained = error.moved_by(offset);
            const std::string hint = sql_hint(m_database, sql, error.message());
            if (!hint.empty()) explained.with_hint(hint);
            throw explained;
        }
    }
    if (results.empty()) throw UsageError("there is no SQL statement to run");
    binder.check();
    return results;
}

namespace {

constexpr std::string_view k_no_table = "no such table: ";
constexpr std::string_view k_no_column = "no such column: ";

// A limit for hints, because a hostile archive may have a table with any number of columns.
constexpr std::size_t k_most_columns = 64;

// The names and keywords of the statement, in lower case.
std::set<std::string> words_of(std::string_view sql) {
    std::set<std::string> words;
    while (true) {
        const std::string_view token = archive::sqlite::take_token(sql);
        if (token.empty()) return words;
        const bool is_text = token.front() == '\'';
        if (archive::sqlite::is_name(token) && !is_text)
            words.insert(lowercase(archive::sqlite::name_in(token)));
    }
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
    std::string earlier;
    std::vector<std::string> known;
    for (const std::string& table : all) {
        if (!words.contains(lowercase(table))) continue;
        const std::vector<std::string> columns = columns_of(database, table);
        if (columns.empty()) continue;
        if (archive::tables::is_later_column(lowercase(table), typed)) {
            earlier = fmt::format(
                "an earlier version of snapq wrote this archive, without {}.{}; convert the snapshot again "
                "with "
                "this version\n",
                table, typed);
        }
        lists += fmt::format("{}{} has {}", lists.empty() ? "" : "\n", table, list_of(columns));
        known.insert(known.end(), columns.begin(), columns.end());
    }
    const std::string nearest = nearest_word(typed, known);
    if (!nearest.empty()) lists = fmt::format("did you mean {}?\n{}", nearest, lists);
    return earlier + lists;
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
