// Fast INSERTs into one table.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "archive/sqlite/connection.hpp"
#include "support/strong_id.hpp"

namespace snapq::archive::sqlite {

// Rows go in by one cached statement. Rows in the order of the key are appended, which is several times
// faster than any other order. Not more than one thread, as the connection.
class BulkInserter {
public:
    // What happens to a row whose key is there already.
    enum class OnConflict { fail, ignore };

    BulkInserter(Connection& connection, std::string_view table, OnConflict on_conflict = OnConflict::fail);

    // One value for each column of the table, in their order: integers, bools, text (which need only live for
    // the call), ids, and std::optional of these. nullopt, nullptr and `none` ids are NULL.
    template <typename... Values>
    void insert(const Values&... values) {
        static_assert(sizeof...(Values) > 0);
        expect_columns(static_cast<int>(sizeof...(Values)));
        m_parameter = m_filled * m_columns;
        (bind(values), ...);
        if (++m_filled == m_rows) run();
    }

    // Calls `insert_row(n)` for each n below `count`, which calls `insert` once; its text must live until
    // this returns. Rows go in by dozens a statement, which takes an eighth off the time of a long table: to
    // start a statement costs as much as some of its rows. Throws std::logic_error where `insert_row` inserts
    // nothing.
    template <typename InsertRow>
    void insert_all(std::size_t count, InsertRow&& insert_row) {
        const std::size_t together = count - count % k_batch;
        begin_batches(together);
        for (std::size_t n = 0; n < together; ++n) insert_row(n);
        end_batches();
        for (std::size_t n = together; n < count; ++n) insert_row(n);
    }

private:
    // Rows a statement; beyond it little is gained.
    static constexpr int k_batch = 64;

    template <std::integral Integer>
    void bind(Integer value) {
        m_current->bind(++m_parameter, static_cast<std::int64_t>(value));
    }
    void bind(std::string_view text) { m_current->bind(++m_parameter, text); }
    void bind(std::nullptr_t) { m_current->bind_null(++m_parameter); }
    template <typename Tag>
    void bind(StrongId<Tag> id) {
        if (id) {
            bind(id.value());
        } else {
            bind(nullptr);
        }
    }
    template <typename Value>
    void bind(const std::optional<Value>& value) {
        if (value) {
            bind(*value);
        } else {
            bind(nullptr);
        }
    }

    // A row of another width would silently keep values of the row before.
    void expect_columns(int count) const;
    void run();
    void begin_batches(std::size_t rows);
    void end_batches();

    Connection& m_connection;
    std::string m_table;
    OnConflict m_on_conflict;
    int m_columns;
    Statement m_single;
    std::optional<Statement> m_batch;
    Statement* m_current = &m_single;
    int m_rows = 1;       // of the current statement
    int m_filled = 0;     // of these, rows whose values are bound
    int m_parameter = 0;  // the last one bound
};

}  // namespace snapq::archive::sqlite
