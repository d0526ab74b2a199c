#include "archive/sqlite/table_function.hpp"

#include <sqlite3.h>

#include <array>
#include <new>
#include <string>
#include <utility>

#include "archive/sqlite/connection.hpp"
#include "support/error.hpp"

namespace snapq::archive::sqlite {
namespace {

// The arguments, in the order of the hidden columns. In idxNum, which xBestIndex passes to xFilter, argument
// N is bit N.
enum Argument : int { k_of_device, k_at_moment, k_in_schema, k_arguments };
constexpr std::array k_argument_names{"of_device", "at_moment", "in_schema"};

// The data that SQLite passes to connect().
struct Module {
    Functions& functions;
    const TableFunction& function;
};

struct Table {
    sqlite3_vtab base{};
    const Module* module = nullptr;

    [[nodiscard]] int columns() const { return static_cast<int>(module->function.columns.size()); }
};

struct Cursor {
    sqlite3_vtab_cursor base{};
    std::array<std::string, k_arguments> hidden;  // the values of the hidden columns
    TableArguments arguments;                     // the same as the rows need them
    std::unique_ptr<TableRows> rows;
    bool at_end = true;
    std::int64_t row_number = 0;
};

Table& table_of(sqlite3_vtab* table) {
    return *reinterpret_cast<Table*>(table);
}

Cursor& cursor_of(sqlite3_vtab_cursor* cursor) {
    return *reinterpret_cast<Cursor*>(cursor);
}

// Runs `action` and turns its exception into SQLite's result code and message: exceptions must not pass
// through SQLite's C code.
template <typename Action>
int guarded(sqlite3_vtab* table, Action&& action) {
    int code = SQLITE_ERROR;
    std::string message;
    try {
        action();
        return SQLITE_OK;
    } catch (const QueryInterrupted&) {
        return SQLITE_INTERRUPT;
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    } catch (const InputError& failure) {
        code = SQLITE_CORRUPT;
        message = failure.what();
    } catch (const Error& failure) {
        message = failure.what();
        if (!failure.hint().empty()) message += "; " + failure.hint();
    } catch (const std::exception& failure) {
        message = failure.what();
    }
    sqlite3_free(table->zErrMsg);
    table->zErrMsg = sqlite3_mprintf("%s", message.c_str());
    return code;
}

std::string declaration_of(const Module& module) {
    std::string sql = fmt::format("CREATE TABLE {}(", module.function.name);
    for (const char* column : module.function.columns) sql += fmt::format("{}, ", column);
    for (const char* argument : k_argument_names) sql += fmt::format("{} HIDDEN, ", argument);
    sql.replace(sql.size() - 2, 2, ")");
    return sql;
}

int connect(sqlite3* connection, void* data, int, const char* const*, sqlite3_vtab** table,
            char** message) try {
    const auto* module = static_cast<const Module*>(data);
    auto made = std::make_unique<Table>();
    made->module = module;
    const int code = sqlite3_declare_vtab(connection, declaration_of(*module).c_str());
    if (code != SQLITE_OK) {
        *message = sqlite3_mprintf("%s", sqlite3_errmsg(connection));
        return code;
    }
    sqlite3_vtab_config(connection, SQLITE_VTAB_DIRECTONLY);
    *table = &made.release()->base;
    return SQLITE_OK;
} catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
}

int disconnect(sqlite3_vtab* table) {
    delete &table_of(table);
    return SQLITE_OK;
}

int best_index(sqlite3_vtab* table, sqlite3_index_info* plan) {
    std::array<int, k_arguments> constraints{-1, -1, -1};
    for (int i = 0; i < plan->nConstraint; ++i) {
        const auto& constraint = plan->aConstraint[i];
        const int argument = constraint.iColumn - table_of(table).columns();
        if (argument < 0 || argument >= k_arguments || constraint.op != SQLITE_INDEX_CONSTRAINT_EQ) continue;
        // The argument comes from a table that SQLite would read later; it then tries another order of the
        // tables.
        if (constraint.usable == 0) return SQLITE_CONSTRAINT;
        constraints[static_cast<std::size_t>(argument)] = i;
    }
    int position = 0;
    for (int argument = 0; argument < k_arguments; ++argument) {
        const int index = constraints[static_cast<std::size_t>(argument)];
        if (index < 0) continue;
        plan->idxNum |= 1 << argument;
        plan->aConstraintUsage[index].argvIndex = ++position;
        plan->aConstraintUsage[index].omit = 1;
    }
    plan->estimatedCost = 1e6;
    plan->estimatedRows = 10'000;
    return SQLITE_OK;
}

int open(sqlite3_vtab* table, sqlite3_vtab_cursor** cursor) {
    return guarded(table, [&] { *cursor = &std::make_unique<Cursor>().release()->base; });
}

int close(sqlite3_vtab_cursor* cursor) {
    delete &cursor_of(cursor);
    return SQLITE_OK;
}

void advance(Cursor& cursor) {
    cursor.at_end = !cursor.rows->next();
    ++cursor.row_number;
}

void read_arguments(Cursor& cursor, const char* name, int plan, int count, sqlite3_value** values) {
    cursor.hidden = {"", "peak", "main"};
    int position = 0;
    for (std::size_t argument = 0; argument < k_arguments && position < count; ++argument) {
        if ((plan & 1 << argument) == 0) continue;
        sqlite3_value* value = values[position++];
        if (sqlite3_value_type(value) == SQLITE_NULL) continue;
        if (sqlite3_value_text(value) == nullptr) throw std::bad_alloc();
        switch (argument) {
            case k_of_device:
                cursor.hidden[k_of_device] = std::to_string(device_argument(name, value));
                break;
            case k_at_moment: cursor.hidden[k_at_moment] = moment_argument(value); break;
            default: cursor.hidden[argument] = text_argument(value);
        }
    }
    if (cursor.hidden[k_of_device].empty()) throw_usage("{0} needs a device: {0}(0, 'peak')", name);
}

int filter(sqlite3_vtab_cursor* base, int plan, const char*, int count, sqlite3_value** values) {
    return guarded(base->pVtab, [&] {
        Cursor& cursor = cursor_of(base);
        const Module& module = *table_of(base->pVtab).module;
        read_arguments(cursor, module.function.name, plan, count, values);
        cursor.rows.reset();
        const std::int64_t device = std::stoll(cursor.hidden[k_of_device]);
        cursor.arguments = {
            device, module.functions.resolve(cursor.hidden[k_at_moment], device, cursor.hidden[k_in_schema]),
            quoted_name(cursor.hidden[k_in_schema])};
        cursor.row_number = 0;
        cursor.rows = module.function.open(module.functions, cursor.arguments);
        advance(cursor);
    });
}

int next(sqlite3_vtab_cursor* base) {
    return guarded(base->pVtab, [&] { advance(cursor_of(base)); });
}

int at_end(sqlite3_vtab_cursor* base) {
    return cursor_of(base).at_end ? 1 : 0;
}

void show_column(const Cursor& cursor, sqlite3_context* context, int number) {
    const int argument = number - table_of(cursor.base.pVtab).columns();
    if (argument < 0) return cursor.rows->result(context, number);
    const std::string& text = cursor.hidden[static_cast<std::size_t>(argument)];
    if (argument == k_of_device) {
        sqlite3_result_int64(context, std::stoll(text));
    } else {
        result_text(context, text);
    }
}

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int number) {
    return guarded(base->pVtab, [&] { show_column(cursor_of(base), context, number); });
}

int row_id(sqlite3_vtab_cursor* base, sqlite3_int64* id) {
    *id = cursor_of(base).row_number;
    return SQLITE_OK;
}

// Without xCreate the module is eponymous-only: its table exists under the name of the module, and CREATE
// VIRTUAL TABLE cannot make another one.
const sqlite3_module k_module = [] {
    sqlite3_module module{};
    module.iVersion = 0;
    module.xConnect = connect;
    module.xBestIndex = best_index;
    module.xDisconnect = disconnect;
    module.xOpen = open;
    module.xClose = close;
    module.xFilter = filter;
    module.xNext = next;
    module.xEof = at_end;
    module.xColumn = column;
    module.xRowid = row_id;
    return module;
}();

}  // namespace

void StatementRows::result(sqlite3_context* context, int column) const {
    sqlite3_result_value(context, sqlite3_column_value(m_statement.handle(), column));
}

void add_table_function(sqlite3* connection, Functions& functions, const TableFunction& function) {
    auto* module = new Module{functions, function};
    // SQLite deletes the module, also when this call fails.
    check(connection,
          sqlite3_create_module_v2(connection, function.name, &k_module, module,
                                   [](void* data) { delete static_cast<Module*>(data); }),
          function.name);
}

}  // namespace snapq::archive::sqlite
