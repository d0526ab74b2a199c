#include "archive/sqlite/database.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/functions.hpp"
#include "archive/sqlite/hardening.hpp"
#include "archive/sqlite/vfs.hpp"

namespace snapq::archive {
namespace {

// The largest number of devices for which rowids_of keeps the ranges of a table; an archive has at most 1000.
constexpr std::size_t k_most_ranges = 1000;

// SQLite runs about this many instructions in a millisecond.
constexpr int k_instructions_between_checks = 10'000;

// Adds the file to InputErrors, because the messages of SQLite do not name it.
template <typename Action>
auto with_file_name(const std::string& file, Action&& action) {
    try {
        return action();
    } catch (const InputError& error) {
        throw error.in_file(file);
    }
}

// Text, or the bytes of a blob. sqlite3_value_text would change the type of a blob; the bytes are the same.
std::string_view bytes_of(sqlite3_value* value) {
    const auto* first = static_cast<const char*>(sqlite3_value_blob(value));
    if (first == nullptr) return {};  // empty, NULL, or no memory: then the next step fails
    return {first, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

}  // namespace

// The state of the progress check, which SQLite calls every k_instructions_between_checks instructions.
struct Database::Progress {
    static constexpr std::uint64_t k_no_limit = std::numeric_limits<std::uint64_t>::max();

    std::function<bool()> go_on;
    std::uint64_t checks_left = k_no_limit;

    [[nodiscard]] bool is_wanted() const { return go_on || checks_left != k_no_limit; }
    [[nodiscard]] bool may_go_on() {
        if (checks_left == 0) return false;
        if (checks_left != k_no_limit) --checks_left;
        return !go_on || go_on();
    }

    // Exceptions must not pass through SQLite's C code; one that `go_on` throws ends the query.
    static int check(void* progress) {
        try {
            return static_cast<Progress*>(progress)->may_go_on() ? 0 : 1;
        } catch (...) {
            return 1;
        }
    }
};

std::string quoted_name(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) text.append(c == '"' ? 2 : 1, c);
    return text + '"';
}

std::string live_condition(std::string_view first, std::string_view last) {
    return fmt::format("coalesce(alloc_event, -1) <= {} AND (end_event IS NULL OR end_event > {})", last,
                       first);
}

bool ends_statement(const std::string& sql) {
    return sqlite3_complete(sql.c_str()) != 0;
}

// ---- query ----

Query::Query(sqlite3* connection, std::string_view& sql, const std::string& file, io::WatchedWork& work)
    : m_file(file), m_work(&work), m_statement(with_file_name(file, [&] {
          const io::WatchedWork::Call call(work);
          return std::make_unique<sqlite::Statement>(sqlite::Statement::first_of(connection, sql));
      })) {}

Query::Query(Query&&) noexcept = default;
Query& Query::operator=(Query&&) noexcept = default;
Query::~Query() = default;

bool Query::next() {
    if (m_statement->handle() == nullptr) return false;
    return with_file_name(m_file, [&] {
        const io::WatchedWork::Call call(*m_work);
        const int code = sqlite3_step(m_statement->handle());
        if (code == SQLITE_ROW) return true;
        if (code == SQLITE_DONE) {
            // PRAGMA integrity_check continues after a page that cannot be read.
            sqlite::rethrow_read_failure(sqlite3_db_handle(m_statement->handle()));
            return false;
        }
        sqlite::throw_sql_error(sqlite3_db_handle(m_statement->handle()), code,
                                sqlite3_sql(m_statement->handle()));
    });
}

void Query::reset() {
    m_statement->reset();
}

int Query::parameter(const std::string& name) const {
    return sqlite3_bind_parameter_index(m_statement->handle(), name.c_str());
}

int Query::parameter_count() const {
    return sqlite3_bind_parameter_count(m_statement->handle());
}

std::string Query::parameter_name(int parameter) const {
    const char* name = sqlite3_bind_parameter_name(m_statement->handle(), parameter);
    return name != nullptr ? name : "?";
}

void Query::bind(int parameter, std::int64_t value) {
    m_statement->bind(parameter, value);
}

void Query::bind(int parameter, double value) {
    m_statement->bind_real(parameter, value);
}

void Query::bind(int parameter, std::string_view text) {
    // SQLITE_TRANSIENT, a macro with a C cast: SQLite copies the text.
    const auto copy = reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1});
    const char* data = text.data() != nullptr ? text.data() : "";  // a null pointer would bind NULL
    sqlite::check(sqlite3_db_handle(m_statement->handle()),
                  sqlite3_bind_text64(m_statement->handle(), parameter, data, text.size(), copy, SQLITE_UTF8),
                  "binding a parameter");
}

void Query::bind_null(int parameter) {
    m_statement->bind_null(parameter);
}

int Query::column_count() const {
    return m_statement->column_count();
}
std::string_view Query::column_name(int column) const {
    return m_statement->column_name(column);
}

// A value of sqlite3_column_value may be read here because no other thread uses the connection
// (SQLITE_OPEN_NOMUTEX). The functions that read columns directly take several times as long.

report::Cell Query::cell(int column) const {
    sqlite3_value* value = sqlite3_column_value(m_statement->handle(), column);
    switch (sqlite3_value_type(value)) {
        case SQLITE_INTEGER: return std::int64_t{sqlite3_value_int64(value)};
        case SQLITE_FLOAT: return sqlite3_value_double(value);
        case SQLITE_TEXT: return bytes_of(value);
        case SQLITE_BLOB: return report::Blob{bytes_of(value)};
        default: return {};
    }
}

std::optional<std::int64_t> Query::maybe_integer(int column) const {
    sqlite3_value* value = sqlite3_column_value(m_statement->handle(), column);
    if (sqlite3_value_type(value) == SQLITE_NULL) return std::nullopt;
    return sqlite3_value_int64(value);
}

std::string_view Query::text(int column) const {
    return bytes_of(sqlite3_column_value(m_statement->handle(), column));
}

bool Query::is_null(int column) const {
    return m_statement->is_null(column);
}

std::int64_t Query::integer(int column) const {
    return m_statement->integer(column);
}
double Query::real(int column) const {
    return sqlite3_column_double(m_statement->handle(), column);
}

// ---- database ----

Database::Database(const std::string& name, std::string file)
    : m_file(std::move(file)), m_progress(std::make_unique<Progress>()) {
    with_file_name(m_file, [&] {
        m_connection =
            std::make_unique<sqlite::Connection>(name, sqlite::OpenMode::read_only, sqlite::archive_vfs());
        sqlite::harden(handle());
    });
    m_work = std::make_unique<io::WatchedWork>([connection = handle()] { sqlite3_interrupt(connection); });
}

Database::Database(Database&&) noexcept = default;
Database::~Database() = default;

Query Database::prepare(std::string_view sql) {
    std::string_view rest = sql;
    Query query = prepare_first(rest);
    if (rest.find_first_not_of(" \t\r\n;") != std::string_view::npos)
        throw_usage("more than one SQL statement: {}", sql);
    return query;
}

Query Database::prepare_first(std::string_view& sql) {
    return {handle(), sql, m_file, *m_work};
}

std::int64_t Database::integer(std::string_view sql) {
    Query query = prepare(sql);
    return query.next() ? query.integer(0) : 0;
}

bool Database::has_table(std::string_view name) {
    if (is_in_schema("main", name)) return true;
    Query query =
        prepare("SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE");
    query.bind(1, name);
    return query.next();
}

bool Database::has_column(std::string_view table, std::string_view column) {
    if (is_in_schema(nullptr, table, column)) return true;
    Query query = prepare("SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2 COLLATE NOCASE");
    query.bind(1, table);
    query.bind(2, column);
    return query.next();
}

bool Database::is_in_schema(const char* schema, std::string_view table, std::string_view column) const {
    const std::string column_name(column);
    return sqlite3_table_column_metadata(handle(), schema, std::string(table).c_str(),
                                         column.empty() ? nullptr : column_name.c_str(), nullptr, nullptr,
                                         nullptr, nullptr, nullptr) == SQLITE_OK;
}

std::optional<Database::Rowids> Database::rowids_of(const std::string& table, std::int64_t device) {
    const auto [known, is_new] = m_rowids.try_emplace(table);
    if (is_new) known->second = read_rowids(table);
    if (known->second.empty()) return std::nullopt;
    const auto found = known->second.find(device);
    return found == known->second.end() ? Rowids() : found->second;
}

Database::RowidsOfDevices Database::read_rowids(const std::string& table) {
    // A pass over the table costs as much as a query for one device.
    constexpr std::int64_t k_few_devices = 8;
    if (integer("SELECT count(*) FROM devices") <= k_few_devices) return {};
    RowidsOfDevices devices;
    try {
        Query rows = prepare("SELECT rowid, device FROM " + quoted_name(table));
        while (rows.next()) {
            const std::int64_t row = rows.integer(0);
            const auto [at, is_new] = devices.try_emplace(rows.integer(1), Rowids{row, row});
            if (devices.size() > k_most_ranges) return {};
            at->second.first = std::min(at->second.first, row);
            at->second.last = std::max(at->second.last, row);
        }
    } catch (const StatementError&) {
        return {};  // the table has no rowids
    }
    return devices;
}

void Database::release_memory() noexcept {
    sqlite3_db_release_memory(handle());
}

void Database::interrupt() noexcept {
    sqlite3_interrupt(handle());
}

void Database::check_progress(std::function<bool()> go_on) {
    m_progress->go_on = std::move(go_on);
    resume_progress_checks();
}

void Database::limit_work(std::optional<std::uint64_t> instructions) {
    m_progress->checks_left =
        instructions ? *instructions / k_instructions_between_checks : Progress::k_no_limit;
    resume_progress_checks();
}

bool Database::is_out_of_work() const {
    return m_progress->checks_left == 0;
}

void Database::limit_time(io::WorkClock clock, std::optional<io::Allowance> allowance) {
    m_work->allow(clock, std::move(allowance));
}

void Database::resume_progress_checks() {
    const bool wanted = m_progress->is_wanted();
    sqlite3_progress_handler(handle(), wanted ? k_instructions_between_checks : 0,
                             wanted ? Progress::check : nullptr, m_progress.get());
}

void Database::add_functions(MomentResolver resolve) {
    m_functions = std::make_unique<sqlite::Functions>(handle(), m_progress->go_on, std::move(resolve));
}

sqlite3* Database::handle() const {
    return m_connection->handle();
}

}  // namespace snapq::archive

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
