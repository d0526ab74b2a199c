// An open SQLite database and its prepared statements, and SQLite's result codes as snapq's errors. One
// thread at a time may use a connection and its statements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/version.hpp"

struct sqlite3;

namespace snapq::archive::sqlite {

// Throws the error for a result code. `doing` names the operation that failed, such as the SQL. The message
// is that of the connection, which may be null. A full disk, an I/O error and a lack of memory are a
// SystemError. A damaged database, and data that exceeds the limit of SQLite's heap, are an InputError.
// Everything else, such as SQL that is wrong or refused, is a UsageError. When a read of the archive failed
// below SQLite, its InputError is thrown.
[[noreturn]] void throw_error(sqlite3* database, int code, std::string_view doing);

// The same for the SQL of a user. Instead of the UsageError, and for a value that is too long, it throws a
// StatementError, which has the offset in the SQL instead of its text.
[[noreturn]] void throw_sql_error(sqlite3* database, int code, std::string_view sql);

// Throws unless `code` is SQLITE_OK.
void check(sqlite3* database, int code, std::string_view doing);

}  // namespace snapq::archive::sqlite

struct sqlite3;
struct sqlite3_stmt;

namespace snapq::archive::sqlite {

class RowTexts;

// Parameters are numbered from 1, columns from 0, as in SQLite. Must not outlive its connection.
class Statement {
public:
    // `persistent` tells SQLite that the statement is used many times. Throws when the SQL is wrong or holds
    // more than one statement.
    Statement(sqlite3* database, std::string_view sql, bool persistent = false);

    // Prepares the first of several statements and removes it from the front of `sql`. For text without a
    // statement, such as a comment, handle() is null.
    [[nodiscard]] static Statement first_of(sqlite3* database, std::string_view& sql);

    void bind(int parameter, std::int64_t value);
    void bind_real(int parameter, double value);
    // Not copied: `text` must live until the statement is reset or the parameter is bound again.
    void bind(int parameter, std::string_view text);
    void bind_null(int parameter);

    // True when there is a row, false at the end.
    bool step();
    void reset();

    [[nodiscard]] int column_count() const;
    [[nodiscard]] std::string_view column_name(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    // Valid until the next step or reset.
    [[nodiscard]] std::string_view text(int column) const;

    [[nodiscard]] sqlite3_stmt* handle() const { return m_statement.get(); }

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    Statement() = default;
    // Returns the text after the first statement of `sql`.
    std::string_view compile(sqlite3* database, std::string_view sql, unsigned flags);
    void check(int code) const;

    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
};

enum class OpenMode { create, read_only };

// Closes the database when it is destroyed; its statements must be gone by then.
class Connection {
public:
    // `vfs` interprets `name`; for the default VFS (null) it is a path. Throws when it cannot be opened.
    Connection(const std::string& name, OpenMode mode, const char* vfs = nullptr);

    // Runs all statements of `sql` and ignores their rows.
    void execute(const std::string& sql);
    [[nodiscard]] Statement prepare(std::string_view sql, bool persistent = false) {
        return Statement(handle(), sql, persistent);
    }

    // Texts of rows that a BulkInserter writes from now on are charged and cut by `texts`, which must outlive
    // the connection.
    void limit_texts(RowTexts& texts) { m_texts = &texts; }
    // Null without a limit.
    [[nodiscard]] RowTexts* texts() const { return m_texts; }

    [[nodiscard]] sqlite3* handle() const { return m_database.get(); }

private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::unique_ptr<sqlite3, Close> m_database;
    RowTexts* m_texts = nullptr;
};

// The version of SQLite.
[[nodiscard]] std::vector<LibraryVersion> library_versions();

}  // namespace snapq::archive::sqlite
