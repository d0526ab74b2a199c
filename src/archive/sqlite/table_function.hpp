// Table-valued functions NAME(device, moment[, archive]) for the user's SQL.
//
// For SQLite, a table-valued function is a virtual table whose hidden columns are the arguments. This file
// has what all of them share; each function says which columns it has and opens its rows.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/database.hpp"
#include "archive/sqlite/functions.hpp"

namespace snapq::archive::sqlite {

// The rows of one call of a function.
class TableRows {
public:
    TableRows() = default;
    TableRows(const TableRows&) = delete;
    TableRows& operator=(const TableRows&) = delete;
    virtual ~TableRows() = default;

    // Goes to the next row; false at the end.
    [[nodiscard]] virtual bool next() = 0;
    // Gives SQLite the value of a column of the current row.
    virtual void result(sqlite3_context* context, int column) const = 0;
};

// The rows of an SQL statement, whose columns are those of the function.
class StatementRows : public TableRows {
public:
    explicit StatementRows(Statement statement) : m_statement(std::move(statement)) {}
    [[nodiscard]] bool next() override { return m_statement.step(); }
    void result(sqlite3_context* context, int column) const override;

private:
    Statement m_statement;
};

// The arguments of a call. They live as long as its rows.
struct TableArguments {
    std::int64_t device = 0;
    MomentOnDevice moment;
    std::string schema;  // in double quotes
};

struct TableFunction {
    const char* name;
    std::span<const char* const> columns;
    std::unique_ptr<TableRows> (*open)(Functions& functions, const TableArguments& arguments);
};

// Makes the function available to the connection. `function` must outlive it.
void add_table_function(sqlite3* connection, Functions& functions, const TableFunction& function);

}  // namespace snapq::archive::sqlite
