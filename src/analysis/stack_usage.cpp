#include "analysis/stack_usage.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "analysis/row_access.hpp"

namespace snapq::analysis {
namespace {

std::string prepared_sql(archive::Database& database, std::int64_t device) {
    return fmt::format(
        "SELECT stack_id, origin <> 'trace', bytes, count, 0 FROM live_stacks WHERE {} AND moment = ?2",
        rows_of_device(database, "live_stacks", device));
}

}  // namespace

archive::Query live_stacks(archive::Database& database, std::int64_t device, const LiveAt& at,
                           StackOrder order) {
    const bool prepared = !at.prepared.empty();
    std::string sql =
        prepared ? prepared_sql(database, device)
                 : fmt::format("SELECT stack_id, origin <> 'trace', sum(size), count(*), 0 {} GROUP BY 1, 2",
                               k_live_allocations);
    if (order == StackOrder::most_bytes_first) sql += " ORDER BY 3 DESC, 1, 2";
    archive::Query rows = database.prepare(sql);
    rows.bind(1, device);
    prepared ? rows.bind(2, std::string_view(at.prepared)) : rows.bind(2, at.event);
    return rows;
}

archive::Query stack_maxima(archive::Database& database, std::int64_t device) {
    archive::Query rows = database.prepare(
        fmt::format("SELECT stack_id, origin <> 'trace', max_bytes, 0, 1 FROM stack_totals WHERE {}",
                    rows_of_device(database, "stack_totals", device)));
    rows.bind(1, device);
    return rows;
}

StackUsage usage_in(const archive::Query& row) {
    return {maybe_integer(row, 0), row.integer(1) != 0, row.integer(4) != 0, row.integer(2), row.integer(3)};
}

}  // namespace snapq::analysis
