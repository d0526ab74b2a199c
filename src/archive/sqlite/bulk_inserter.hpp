// Fast INSERTs into one table.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "archive/sqlite/connection.hpp"
#include "snapq/support/strong_id.hpp"

namespace snapq::archive::sqlite {

// Rows go in by one cached statement; nothing is allocated a row. Rows in the order of the key are appended,
// which is several times faster than any other order.
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
        int parameter = 0;
        (bind(++parameter, values), ...);
        m_statement.step();
        m_statement.reset();
    }

private:
    template <std::integral Integer>
    void bind(int parameter, Integer value) {
        m_statement.bind(parameter, static_cast<std::int64_t>(value));
    }
    void bind(int parameter, std::string_view text) { m_statement.bind(parameter, text); }
    void bind(int parameter, std::nullptr_t) { m_statement.bind_null(parameter); }
    template <typename Tag>
    void bind(int parameter, StrongId<Tag> id) {
        if (id) {
            bind(parameter, id.value());
        } else {
            m_statement.bind_null(parameter);
        }
    }
    template <typename Value>
    void bind(int parameter, const std::optional<Value>& value) {
        if (value) {
            bind(parameter, *value);
        } else {
            m_statement.bind_null(parameter);
        }
    }

    // A row of another width would silently keep values of the row before.
    void expect_columns(int count) const;

    int m_columns;
    Statement m_statement;
};

}  // namespace snapq::archive::sqlite
