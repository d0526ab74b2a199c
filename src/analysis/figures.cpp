#include "analysis/figures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <string>

#include "analysis/row_access.hpp"

namespace snapq::analysis {
namespace {

using report::DeviceFigures;

// Sets the members of `columns` from the columns of a result, the first of which is number `first`.
template <typename Row, std::size_t N>
void read_columns(const archive::Query& result, int first, const std::array<report::Column<Row>, N>& columns,
                  Row& row) {
    int number = first;
    for (const report::Column<Row>& column : columns) column.set(row, maybe_integer(result, number++));
}

std::vector<report::Anomaly> read_anomalies(archive::Query& rows) {
    std::vector<report::Anomaly> anomalies;
    while (rows.next()) {
        anomalies.push_back({std::string(rows.text(0)), rows.integer(1), maybe_integer(rows, 2)});
    }
    return anomalies;
}

}  // namespace

std::vector<DeviceFigures> device_figures(archive::Database& database) {
    std::vector<DeviceFigures> devices;
    archive::Query rows =
        database.prepare(fmt::format("SELECT device, {} FROM devices ORDER BY device < 0, device",
                                     fmt::join(report::names_of(report::k_device_columns), ", ")));
    while (rows.next()) {
        DeviceFigures& figures = devices.emplace_back();
        figures.device = rows.integer(0);
        read_columns(rows, 1, report::k_device_columns, figures);
    }
    archive::Query anomalies = database.prepare(
        "SELECT abbreviate(kind), count, first_event FROM anomalies WHERE device = ?1 ORDER BY kind");
    for (DeviceFigures& figures : devices) {
        anomalies.reset();
        anomalies.bind(1, figures.device);
        figures.anomalies = read_anomalies(anomalies);
    }
    return devices;
}

std::vector<report::Anomaly> file_anomalies(archive::Database& database) {
    archive::Query rows = database.prepare(
        "SELECT abbreviate(kind), count, first_event FROM anomalies WHERE device IS NULL ORDER BY kind");
    return read_anomalies(rows);
}

std::optional<report::Fragmentation> fragmentation_at(archive::Database& database, std::int64_t device,
                                                      std::string_view moment) {
    archive::Query row =
        database.prepare(fmt::format("SELECT {} FROM fragmentation WHERE device = ?1 AND moment = ?2",
                                     fmt::join(report::names_of(report::k_fragmentation_columns), ", ")));
    row.bind(1, device);
    row.bind(2, moment);
    if (!row.next()) return std::nullopt;
    report::Fragmentation fragmentation;
    fragmentation.moment = moment;
    read_columns(row, 0, report::k_fragmentation_columns, fragmentation);
    return fragmentation;
}

}  // namespace snapq::analysis
