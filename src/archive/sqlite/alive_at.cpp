#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "archive/sqlite/database.hpp"
#include "archive/sqlite/table_function.hpp"

// alive_at(device, moment): the rows of `allocations` that are live at a moment.
// live_at(device, moment): their sums by stack and origin. For the moments of table `live_stacks`, the rows
// of that table are read; for other moments, the allocations are read once.

namespace snapq::archive::sqlite {
namespace {

constexpr std::array k_allocation_columns{"device",
                                          "idx",
                                          "size",
                                          "start_timestep",
                                          "end_timestep",
                                          "address",
                                          "stream",
                                          "pool_id",
                                          "origin",
                                          "stack_id",
                                          "free_stack_id",
                                          "alloc_event",
                                          "free_requested_event",
                                          "free_completed_event",
                                          "end_event",
                                          "alloc_time_us",
                                          "free_requested_time_us",
                                          "free_completed_time_us",
                                          "compile_context_id",
                                          "user_metadata_id",
                                          "forward_frames_id",
                                          "irregular"};
constexpr std::array k_live_columns{"device", "stack_id", "origin", "bytes", "count"};

std::unique_ptr<TableRows> open_alive(Functions& functions, const TableArguments& arguments) {
    Statement rows(functions.connection(),
                   fmt::format("SELECT {} FROM {}.allocations WHERE device = ?1 AND {}",
                               fmt::join(k_allocation_columns, ", "), arguments.schema, live_condition()));
    rows.bind(1, arguments.device);
    rows.bind(2, arguments.moment.event);
    return std::make_unique<StatementRows>(std::move(rows));
}

// Whether the moment is one of table `live_stacks`. It has no rows if nothing was live, so table
// `fragmentation` is asked.
bool is_stored(Functions& functions, const TableArguments& arguments) {
    Statement row(functions.connection(),
                  fmt::format("SELECT 1 FROM {}.fragmentation WHERE device = ?1 AND moment = ?2 AND {}",
                              arguments.schema, k_has_live_stacks));
    row.bind(1, arguments.device);
    row.bind(2, std::string_view(arguments.moment.name));
    return row.step();
}

std::unique_ptr<TableRows> open_stored(Functions& functions, const TableArguments& arguments) {
    Statement rows(functions.connection(),
                   fmt::format("SELECT device, stack_id, origin, sum(bytes), sum(count) FROM {}.live_stacks "
                               "WHERE device = ?1 AND moment = ?2 GROUP BY stack_id, origin",
                               arguments.schema));
    rows.bind(1, arguments.device);
    rows.bind(2, std::string_view(arguments.moment.name));
    return std::make_unique<StatementRows>(std::move(rows));
}

std::unique_ptr<TableRows> open_live(Functions& functions, const TableArguments& arguments) {
    if (is_stored(functions, arguments)) return open_stored(functions, arguments);
    Statement rows(functions.connection(),
                   fmt::format("SELECT device, stack_id, origin, sum(size), count(*) FROM {}.allocations "
                               "WHERE device = ?1 AND {} GROUP BY stack_id, origin",
                               arguments.schema, live_condition()));
    rows.bind(1, arguments.device);
    rows.bind(2, arguments.moment.event);
    return std::make_unique<StatementRows>(std::move(rows));
}

constexpr TableFunction k_alive_at{"alive_at", k_allocation_columns, open_alive};
constexpr TableFunction k_live_at{"live_at", k_live_columns, open_live};

}  // namespace

void add_alive_at(sqlite3* connection, Functions& functions) {
    add_table_function(connection, functions, k_alive_at);
    add_table_function(connection, functions, k_live_at);
}

}  // namespace snapq::archive::sqlite
