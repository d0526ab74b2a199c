// A read-only connection to an archive's database, and questions to it.
//
// Failures: UsageError for SQL that is wrong or refused, InputError (with entry and offset) for damage that a
// read comes across, SystemError for a full disk under a sorter, QueryInterrupted when somebody asked for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "support/error.hpp"

struct sqlite3;

namespace snapq::archive {

namespace sqlite {
class Connection;
class Functions;
class Statement;
}  // namespace sqlite

// A question ended early by Database::interrupt() or the progress check.
class QueryInterrupted : public UsageError {
public:
    QueryInterrupted() : UsageError("the query was interrupted") {}
};

// SQL that SQLite does not understand, refuses, or fails to carry out.
class SqlError : public UsageError {
public:
    explicit SqlError(const std::string& message, std::optional<std::size_t> offset = std::nullopt)
        : UsageError(message), m_offset(offset) {}

    // Where in the statement, in bytes; nullopt when there is no such place.
    [[nodiscard]] std::optional<std::size_t> offset() const { return m_offset; }
    // The same error for a statement that stands `bytes` further behind in a longer text.
    [[nodiscard]] SqlError moved_by(std::size_t bytes) const {
        SqlError moved = *this;
        if (moved.m_offset) *moved.m_offset += bytes;
        return moved;
    }

private:
    std::optional<std::size_t> m_offset;
};

// Runs work whose SQL is the program's own, on a database that ArchiveReader::open_database gave: where it
// fails, the database is not what its kind of archive has, and the failure becomes an InputError.
template <typename Work>
decltype(auto) with_own_sql(const std::string& archive, Work&& work) {
    try {
        return work();
    } catch (const SqlError& error) {
        throw InputError(archive, fmt::format("{} (a database of another make?)", error.what()));
    } catch (const QueryInterrupted&) {
        throw InputError(archive, "its database asks for more work than one of its size can need");
    }
}

// A name as SQL wants it, in double quotes, whatever it holds.
[[nodiscard]] std::string quoted_name(std::string_view name);

// Whether the text ends with a whole statement: a semicolon that stands outside of text, names and comments.
[[nodiscard]] bool ends_statement(const std::string& sql);

enum class CellType : std::uint8_t { null, integer, real, text, blob };

// One question and the row it stands at. Must not outlive its database. One thread at a time.
class Query {
public:
    Query(Query&&) noexcept;
    Query& operator=(Query&&) noexcept;
    ~Query();

    // Goes to the next row; false when there is none. Rows are computed as they are asked for.
    [[nodiscard]] bool next();
    // Back before the first row; bound values stay.
    void reset();

    // Parameters are numbered from 1. 0: no parameter of this name; the name includes its ':', '@' or '$'.
    [[nodiscard]] int parameter(const std::string& name) const;
    [[nodiscard]] int parameter_count() const;
    // With its ':', '@' or '$'; "?" for one without a name.
    [[nodiscard]] std::string parameter_name(int parameter) const;
    void bind(int parameter, std::int64_t value);
    void bind(int parameter, double value);
    void bind(int parameter, std::string_view text);  // copied
    void bind_null(int parameter);

    // Columns are numbered from 0. A statement that yields no rows at all has none.
    [[nodiscard]] int column_count() const;
    [[nodiscard]] std::string_view column_name(int column) const;

    [[nodiscard]] CellType type(int column) const;
    [[nodiscard]] bool is_null(int column) const { return type(column) == CellType::null; }
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    // Text, or the bytes of a blob; valid until the next row. Empty for NULL.
    [[nodiscard]] std::string_view text(int column) const;

private:
    friend class Database;
    Query(sqlite3* connection, std::string_view& sql, const std::string& file);

    std::string m_file;
    std::unique_ptr<sqlite::Statement> m_statement;
};

// One thread at a time, but for interrupt().
class Database {
public:
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    // One statement.
    [[nodiscard]] Query prepare(std::string_view sql);
    // The first of several statements, which is taken off `sql`. Comments and white space at the end are no
    // statement: a query of no columns is made of them, and `sql` is empty then.
    [[nodiscard]] Query prepare_first(std::string_view& sql);

    // The single integer that a query gives; NULL and no row are 0.
    [[nodiscard]] std::int64_t integer(std::string_view sql);
    // Tables and views.
    [[nodiscard]] bool has_table(std::string_view name);

    // Forgets the pages it has read, which it can read again.
    void release_memory() noexcept;

    // Ends the running question from any thread or signal handler.
    void interrupt() noexcept;
    // Asked every few milliseconds while a question runs; false ends it. An empty function asks no more.
    void check_progress(std::function<bool()> go_on);
    // Interrupts whatever is asked after so many instructions of SQLite's machine in all. Takes the place of
    // a progress check.
    void limit_work(std::uint64_t instructions);

    // Adds the SQL functions of design section 2.2: format_bytes(n), regexp(pattern, text),
    // callstack(stack_id[, schema]) and the table function alive_at(device, moment[, schema]), which gives
    // the rows of `allocations` that are live then. `resolve` finds the event that a moment means; what it
    // throws ends the question. It may ask this very database, which must stay where it is then.
    using MomentResolver =
        std::function<std::int64_t(std::string_view moment, std::int64_t device, const std::string& schema)>;
    void add_functions(MomentResolver resolve);

    // The connection underneath, for the archive folder.
    [[nodiscard]] sqlite3* handle() const;

private:
    friend class ArchiveReader;
    Database(const std::string& name, std::string file);
    // Attaching takes the connection's only progress handler for itself.
    void resume_progress_checks();

    std::string m_file;  // for messages
    std::unique_ptr<std::function<bool()>> m_go_on;
    std::unique_ptr<sqlite::Connection> m_connection;
    std::unique_ptr<sqlite::Functions> m_functions;  // its statements go before the connection does
};

}  // namespace snapq::archive
