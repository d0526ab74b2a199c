#include "analysis/figures.hpp"

#include <string>

#include "analysis/row_access.hpp"

namespace snapq::analysis {
namespace {

using report::DeviceFigures;

DeviceFigures read_figures(const archive::Query& row) {
    DeviceFigures figures;
    int column = 0;
    figures.device = row.integer(column++);
    figures.has_trace = row.integer(column++) != 0;
    figures.complete = row.integer(column++) != 0;
    for (report::MaybeInteger* figure :
         {&figures.event_count,          &figures.allocation_count,    &figures.preexisting_bytes,
          &figures.peak_requested_bytes, &figures.peak_event,          &figures.peak_timestep,
          &figures.peak_time_us,         &figures.peak_stack_id,       &figures.reserved_at_peak_bytes,
          &figures.peak_reserved_bytes,  &figures.peak_reserved_event, &figures.end_requested_bytes,
          &figures.end_allocated_bytes,  &figures.end_active_bytes,    &figures.end_reserved_bytes,
          &figures.unfreed_bytes,        &figures.pending_bytes,       &figures.oom_events,
          &figures.first_time_us,        &figures.last_time_us}) {
        *figure = maybe_integer(row, column++);
    }
    return figures;
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
    archive::Query rows = database.prepare(
        "SELECT device, has_trace, complete, event_count, allocation_count, preexisting_bytes, "
        "peak_requested_bytes, peak_event, peak_timestep, peak_time_us, peak_stack_id, "
        "reserved_at_peak_bytes, "
        "peak_reserved_bytes, peak_reserved_event, end_requested_bytes, end_allocated_bytes, "
        "end_active_bytes, "
        "end_reserved_bytes, unfreed_bytes, pending_bytes, oom_events, first_time_us, last_time_us "
        "FROM devices ORDER BY device");
    while (rows.next()) devices.push_back(read_figures(rows));
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
    archive::Query row = database.prepare(
        "SELECT estimated, reserved_bytes, requested_bytes, rounding_bytes, cached_bytes, stranded_bytes, "
        "segments, "
        "cached_segments, holes, largest_hole_bytes FROM fragmentation WHERE device = ?1 AND moment = ?2");
    row.bind(1, device);
    row.bind(2, moment);
    if (!row.next()) return std::nullopt;
    report::Fragmentation found;
    found.moment = moment;
    found.estimated = row.integer(0) != 0;
    int column = 1;
    for (report::MaybeInteger* figure : {&found.reserved_bytes, &found.requested_bytes, &found.rounding_bytes,
                                         &found.cached_bytes, &found.stranded_bytes, &found.segments,
                                         &found.cached_segments, &found.holes, &found.largest_hole_bytes}) {
        *figure = maybe_integer(row, column++);
    }
    return found;
}

}  // namespace snapq::analysis
