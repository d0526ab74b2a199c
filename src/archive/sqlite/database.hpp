// A read-only connection to the database of an archive, and queries on it.
//
// Errors: StatementError for SQL that is wrong or not allowed, InputError (with entry and offset) for damaged
// data, SystemError for example for a full disk below a sorter, QueryInterrupted for a query that was ended
// early.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "io/watchdog.hpp"
#include "report/cell.hpp"
#include "support/error.hpp"

struct sqlite3;

namespace snapq::archive {

namespace sqlite {
class Connection;
class Functions;
class Statement;
}  // namespace sqlite

// The query was ended by Database::interrupt(), by the progress check, or because its work or its time is
// used up.
class QueryInterrupted : public UsageError {
public:
    QueryInterrupted() : UsageError("the query was interrupted") {}
};

// SQL that is wrong, that is not allowed, or that fails while it runs.
class StatementError : public UsageError {
public:
    explicit StatementError(const std::string& message, std::optional<std::size_t> offset = std::nullopt)
        : UsageError(message), m_offset(offset) {}

    // Offset of the error in the SQL, in bytes; nullopt when SQLite gives none.
    [[nodiscard]] std::optional<std::size_t> offset() const { return m_offset; }
    // The same error for a longer text in which the statement begins at offset `bytes`.
    [[nodiscard]] StatementError moved_by(std::size_t bytes) const {
        StatementError moved = *this;
        if (moved.m_offset) *moved.m_offset += bytes;
        return moved;
    }

private:
    std::optional<std::size_t> m_offset;
};

// A second base class of the errors that say that a device does not have the requested moment.
class MissingMoment {
public:
    virtual ~MissingMoment() = default;
};

// The event of a moment on one device; -1: before the first event.
struct MomentOnDevice {
    std::int64_t event = -1;
    std::string name;  // as in table `live_stacks`, where the moment may be stored
};

// A database that snapq refuses to query, although its bytes may be undamaged: its schema is not accepted, or
// the program's own queries reached their limits.
class RefusedDatabase : public InputError {
public:
    using InputError::InputError;

    RefusedDatabase& with_hint(std::string hint) {
        set_hint(std::move(hint));
        return *this;
    }
    [[nodiscard]] RefusedDatabase in_file(const std::string& file) const {
        return RefusedDatabase(file, message()).with_hint(hint());
    }
};

// The message for a database whose queries reached their limits.
inline constexpr std::string_view k_too_much_work =
    "its database takes more work than a database of its size can need";

// Runs `work`, whose SQL is the program's own, on a database of ArchiveReader::open_database. When this SQL
// fails, the database differs from those of its kind of archive, so the error becomes an InputError.
template <typename Work>
decltype(auto) with_own_sql(const std::string& archive, Work&& work) {
    try {
        return work();
    } catch (const StatementError& error) {
        throw InputError(archive,
                         fmt::format("{} (was this database made by another program?)", error.what()));
    } catch (const QueryInterrupted&) {
        throw RefusedDatabase(archive, std::string(k_too_much_work));
    }
}

// An SQL identifier: the name in double quotes, with its own double quotes doubled.
[[nodiscard]] std::string quoted_name(std::string_view name);

// A condition for rows of table `allocations`: what is live after event `first`, or at some event from there
// on up to `last`. Both are SQL. An allocation is live from its event on until the event before its end.
[[nodiscard]] std::string live_condition(std::string_view first = "?2", std::string_view last = "?2");

// A condition for rows of table `fragmentation`: table `live_stacks` has what was live at their moment. In a
// recording with very many stacks, the conversion leaves out the last out-of-memory errors.
inline constexpr std::string_view k_has_live_stacks =
    "(moment NOT BETWEEN 'oom:' AND 'oom;' OR EXISTS (SELECT 1 FROM live_stacks AS live WHERE live.device = "
    "fragmentation.device AND live.moment = fragmentation.moment))";

// Whether the text ends with a complete statement: with a semicolon outside of strings, names and comments.
[[nodiscard]] bool ends_statement(const std::string& sql);

// Gives a file of a frame the name by which it is shown.
using FileNaming = std::function<std::string(std::string_view filename)>;

// A statement and its current row. Must not outlive its database. One thread at a time.
class Query {
public:
    Query(Query&&) noexcept;
    Query& operator=(Query&&) noexcept;
    ~Query();

    // Goes to the next row; false when there is none. SQLite computes rows one at a time.
    [[nodiscard]] bool next();
    // Goes back to before the first row; bound values are kept.
    void reset();

    // Parameters are numbered from 1. Returns 0 when there is none of this name, which includes its ':', '@'
    // or '$'.
    [[nodiscard]] int parameter(const std::string& name) const;
    [[nodiscard]] int parameter_count() const;
    // Includes the ':', '@' or '$'; "?" for a parameter without a name.
    [[nodiscard]] std::string parameter_name(int parameter) const;
    void bind(int parameter, std::int64_t value);
    void bind(int parameter, double value);
    void bind(int parameter, std::string_view text);  // copied
    void bind_null(int parameter);

    // Columns are numbered from 0. A statement that cannot return rows has none.
    [[nodiscard]] int column_count() const;
    [[nodiscard]] std::string_view column_name(int column) const;

    // The value, in one call instead of two. Text and blobs are valid until the next row.
    [[nodiscard]] report::Cell cell(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    // nullopt for NULL.
    [[nodiscard]] std::optional<std::int64_t> maybe_integer(int column) const;
    [[nodiscard]] double real(int column) const;
    // Text, or the bytes of a blob; valid until the next row. Empty for NULL.
    [[nodiscard]] std::string_view text(int column) const;

private:
    friend class Database;
    Query(sqlite3* connection, std::string_view& sql, const std::string& file, io::WatchedWork& work);

    std::string m_file;
    io::WatchedWork* m_work;
    std::unique_ptr<sqlite::Statement> m_statement;
};

// One thread at a time, except for interrupt().
class Database {
public:
    Database(Database&&) noexcept;
    Database& operator=(Database&&) = delete;
    ~Database();

    // Throws a UsageError when there is more than one statement.
    [[nodiscard]] Query prepare(std::string_view sql);
    // Prepares the first of several statements and removes it from the front of `sql`. When only comments and
    // white space are left, the query has no columns, and `sql` is empty.
    [[nodiscard]] Query prepare_first(std::string_view& sql);

    // The integer in the first row of a query; 0 for NULL and when there is no row.
    [[nodiscard]] std::int64_t integer(std::string_view sql);
    // Tables and views.
    [[nodiscard]] bool has_table(std::string_view name);
    // Tables, but not views.
    [[nodiscard]] bool has_base_table(std::string_view name) const { return is_in_schema("main", name); }
    // Also false when there is no such table. Archives of earlier versions lack columns that were added
    // later.
    [[nodiscard]] bool has_column(std::string_view table, std::string_view column);

    // The first and the last rowid of the rows of a device in a table without an index; the table may have
    // rows of others between them. With many devices, a query for each of them would otherwise read the whole
    // table each time. nullopt when the whole table should be read: there are few devices, or the table has
    // no rowids, for example because it is a view.
    struct Rowids {
        std::int64_t first = 0;
        std::int64_t last = -1;
    };
    [[nodiscard]] std::optional<Rowids> rowids_of(const std::string& table, std::int64_t device);

    // Frees the cache of pages.
    void release_memory() noexcept;

    // Ends the running query. May be called from any thread, such as the one that waits for signals.
    void interrupt() noexcept;
    // Calls `go_on` every few milliseconds while a query runs; false ends the query. An empty function ends
    // the checks.
    void check_progress(std::function<bool()> go_on);
    // Ends queries when they have run this many instructions of SQLite's virtual machine in total, counted
    // from now on; nullopt ends the limit.
    void limit_work(std::optional<std::uint64_t> instructions);
    // Whether a query was ended by that limit.
    [[nodiscard]] bool is_out_of_work() const;
    // Ends queries when their time is used up, and the process when SQLite does not return from one
    // (io/watchdog.hpp). May be called from any thread.
    void limit_time(io::WorkClock clock, std::optional<io::Allowance> allowance);

    // Adds the SQL functions for users, see docs/archive-format.md. `resolve` finds a moment; its exceptions
    // end the query, except that event_of() is NULL for a MissingMoment. If it queries this database, the
    // object must not be moved.
    using MomentResolver = std::function<MomentOnDevice(std::string_view moment, std::int64_t device,
                                                        const std::string& schema)>;
    void add_functions(MomentResolver resolve);

    // For src/archive only.
    [[nodiscard]] sqlite3* handle() const;

private:
    friend class ArchiveReader;
    Database(const std::string& name, std::string file);
    // Sets the progress handler again after ATTACH, which replaces it.
    void resume_progress_checks();

    // Whether a table, or a column of it, is in the schema that SQLite holds in memory; false for views. It
    // takes a hundredth of the time of a query, and a directory has thousands of archives.
    [[nodiscard]] bool is_in_schema(const char* schema, std::string_view table,
                                    std::string_view column = {}) const;

    struct Progress;

    // The rowids of all devices; empty if the table is best read as a whole.
    using RowidsOfDevices = std::map<std::int64_t, Rowids>;
    [[nodiscard]] RowidsOfDevices read_rowids(const std::string& table);

    std::string m_file;                               // for messages
    std::map<std::string, RowidsOfDevices> m_rowids;  // by table
    std::unique_ptr<Progress> m_progress;
    std::unique_ptr<sqlite::Connection> m_connection;
    // Both use the connection, so they are destroyed before it.
    std::unique_ptr<sqlite::Functions> m_functions;
    std::unique_ptr<io::WatchedWork> m_work;
};

}  // namespace snapq::archive

namespace snapq::archive::sqlite {

// ---- SQL as text, read as far as is needed to tell words from comments, texts and quoted names ----

// Removes the first token from `sql` and returns it; empty at the end. A token is a word or number, a text or
// a quoted name with its quotes, or any other single character. White space and comments are passed over. As
// SQLite does, it takes a byte order mark for white space, and the text ends at a NUL.
[[nodiscard]] std::string_view take_token(std::string_view& sql);

// A letter, digit, underscore or dollar sign begins it, or a byte beyond ASCII.
[[nodiscard]] bool is_word(std::string_view token);

// Whether it can stand where SQL expects a name: a word, or a name in any of the four kinds of quotes.
[[nodiscard]] bool is_name(std::string_view token);

// The name without its quotes.
[[nodiscard]] std::string name_in(std::string_view token);

// ASCII letters are equal in both cases, as in SQLite's names and keywords.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

}  // namespace snapq::archive::sqlite
