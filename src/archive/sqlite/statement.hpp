// One prepared statement.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace snapq::archive::sqlite {

// Parameters are numbered from 1, columns from 0, as in SQLite. Must not outlive its connection. One thread
// at a time.
class Statement {
public:
    // `persistent`: used many times. Throws when the SQL is wrong or holds more than one statement.
    Statement(sqlite3* database, std::string_view sql, bool persistent = false);

    // The first of several statements, which is taken off `sql`. What holds no statement, such as a comment,
    // gives a null handle().
    [[nodiscard]] static Statement first_of(sqlite3* database, std::string_view& sql);

    void bind(int parameter, std::int64_t value);
    // Not copied: `text` must live until the statement is reset or the parameter bound anew.
    void bind(int parameter, std::string_view text);
    void bind_null(int parameter);

    // True: a row is there. False: done. Throws SQLite's message otherwise.
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
    // Returns what follows the first statement of `sql`.
    std::string_view compile(sqlite3* database, std::string_view sql, unsigned flags);
    void check(int code) const;

    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
};

}  // namespace snapq::archive::sqlite
