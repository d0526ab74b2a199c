#include "analysis/figures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "analysis/row_access.hpp"
#include "archive/sqlite/row_sorter.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

using report::DeviceFigures;

// Sets the members of `columns` from the columns of a result, the first of which is number `first`.
template <typename Row, std::size_t N>
void read_columns(const archive::Query& result, int first, const std::array<report::Column<Row>, N>& columns,
                  Row& row) {
    int number = first;
    for (const report::Column<Row>& column : columns) column.set(row, result.maybe_integer(number++));
}

std::vector<report::Anomaly> read_anomalies(archive::Query& rows) {
    std::vector<report::Anomaly> anomalies;
    while (rows.next()) {
        anomalies.push_back({std::string(rows.text(0)), rows.integer(1), rows.maybe_integer(2)});
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

namespace {

using report::MaybeInteger;

constexpr std::string_view k_between = "..";

std::optional<Moment> moment_in(std::string_view text, Moment::Kind without) {
    if (text.empty()) return Moment{without, 0, {}};
    try {
        return parse_moment(text);
    } catch (const UsageError&) {
        return std::nullopt;
    }
}

struct Events {
    std::int64_t first = -1;
    std::int64_t last = -1;
};

Events events_of(const Window& window, archive::Database& database, std::int64_t device) {
    const Events events{resolve(window.from, database, device), resolve(window.to, database, device)};
    if (events.first <= events.last) return events;
    throw UsageError(fmt::format("the window {} ends before it begins on {}: event {} is before event {}",
                                 text_of(window), device_label(device), events.last, events.first));
}

// The highest value of a curve, first reached after `event`.
struct Highest {
    std::int64_t value = 0;
    std::int64_t event = -1;
    MaybeInteger idx;  // the allocation that reached it

    void see(std::int64_t value_there, std::int64_t event_there, MaybeInteger idx_there) {
        if (value_there <= value) return;
        *this = {value_there, event_there, idx_there};
    }
};

// Calls use(event, bytes, idx) for each allocation and free inside the window, by event, and returns the
// bytes that are live at its beginning. Frees have no idx.
class RequestedChanges {
public:
    RequestedChanges(archive::Database& database, std::int64_t device, const Events& events)
        : m_sorter(3, 1) {
        archive::Query rows = database.prepare(
            "SELECT size, coalesce(alloc_event, -1), end_event, idx FROM allocations WHERE device = ?1 AND " +
            archive::live_condition("?2", "?3"));
        rows.bind(1, device);
        rows.bind(2, events.first);
        rows.bind(3, events.last);
        while (rows.next()) {
            const std::int64_t size = rows.integer(0);
            if (rows.integer(1) <= events.first) {
                m_at_start = saturating_add(m_at_start, size);
            } else {
                add(rows.integer(1), size, rows.integer(3));
            }
            if (!rows.is_null(2) && rows.integer(2) <= events.last)
                add(rows.integer(2), saturating_subtract(0, size), std::nullopt);
        }
    }

    [[nodiscard]] Highest highest(std::int64_t first_event) {
        Highest highest{m_at_start, first_event, std::nullopt};
        std::int64_t live = m_at_start;
        std::int64_t event = first_event;
        MaybeInteger allocated;
        // An event may end one allocation and begin another, so the value counts after all its changes.
        while (m_sorter.next()) {
            if (m_sorter.integer(0) != event) {
                highest.see(live, event, allocated);
                event = m_sorter.integer(0);
                allocated = std::nullopt;
            }
            live = saturating_add(live, m_sorter.integer(1));
            if (!m_sorter.is_null(2)) allocated = m_sorter.integer(2);
        }
        highest.see(live, event, allocated);
        return highest;
    }

private:
    void add(std::int64_t event, std::int64_t bytes, MaybeInteger idx) {
        m_sorter.bind(0, event);
        m_sorter.bind(1, bytes);
        m_sorter.bind(2, idx);
        m_sorter.add();
    }

    archive::RowSorter m_sorter;
    std::int64_t m_at_start = 0;
};

struct ReservedPeaks {
    Highest highest;
    std::int64_t at_peak = 0;  // of the requested bytes
};

// nullopt if reserved bytes are not known.
std::optional<ReservedPeaks> reserved_within(archive::Database& database, std::int64_t device,
                                             const Events& events, std::int64_t peak_event) {
    archive::Query start =
        database.prepare("SELECT reserved_bytes FROM timeline WHERE device = ?1 AND event = -1");
    start.bind(1, device);
    if (!start.next() || start.is_null(0)) return std::nullopt;
    std::int64_t reserved = start.integer(0);
    ReservedPeaks peaks{{reserved, events.first, std::nullopt}, reserved};
    archive::Query rows = database.prepare(
        "SELECT event, CASE WHEN action IN ('segment_alloc', 'segment_map') THEN size ELSE -size END "
        "FROM other_events WHERE device = ?1 AND event <= ?2 AND action IN ('segment_alloc', 'segment_map', "
        "'segment_free', 'segment_unmap') ORDER BY event");
    rows.bind(1, device);
    rows.bind(2, events.last);
    while (rows.next()) {
        const std::int64_t event = rows.integer(0);
        reserved = saturating_add(reserved, rows.integer(1));
        // The sum can only be negative if the trace lacks events.
        const std::int64_t shown = std::max<std::int64_t>(reserved, 0);
        if (event <= peak_event) peaks.at_peak = shown;
        if (event <= events.first) {
            peaks.highest.value = shown;
        } else {
            peaks.highest.see(shown, event, std::nullopt);
        }
    }
    return peaks;
}

void set_place(archive::Database& database, const Highest& highest, DeviceFigures& figures) {
    figures.peak_requested_bytes = highest.value;
    figures.peak_event = highest.event;
    figures.peak_timestep = figures.peak_time_us = figures.peak_stack_id = std::nullopt;
    if (!highest.idx) return;
    archive::Query row = database.prepare(
        "SELECT start_timestep, alloc_time_us, stack_id FROM allocations WHERE device = ?1 AND idx = ?2");
    row.bind(1, figures.device);
    row.bind(2, *highest.idx);
    if (!row.next()) return;
    figures.peak_timestep = row.maybe_integer(0);
    figures.peak_time_us = row.maybe_integer(1);
    figures.peak_stack_id = row.maybe_integer(2);
}

MaybeInteger ooms_within(archive::Database& database, std::int64_t device, const Events& events) {
    archive::Query row = database.prepare(
        "SELECT count(*) FROM other_events WHERE device = ?1 AND event BETWEEN ?2 AND ?3 AND action = 'oom'");
    row.bind(1, device);
    row.bind(2, events.first);
    row.bind(3, events.last);
    return row.next() ? row.maybe_integer(0) : std::nullopt;
}

}  // namespace

Window parse_window(std::string_view text) {
    // The name of a span may contain two dots.
    for (std::size_t at = text.find(k_between); at != std::string_view::npos;
         at = text.find(k_between, at + 1)) {
        const auto from = moment_in(text.substr(0, at), Moment::Kind::start);
        const auto to = moment_in(text.substr(at + k_between.size()), Moment::Kind::end);
        if (from && to) return {*from, *to};
    }
    throw UsageError(fmt::format("'{}' is not a window", text))
        .with_hint(
            "a window is MOMENT..MOMENT, such as event:100..event:200, +1s..+2.5s or span:step#3..end");
}

std::string text_of(const Window& window) {
    return fmt::format("{}{}{}", text_of(window.from), k_between, text_of(window.to));
}

bool overlaps(const Window& window, archive::Database& database, std::int64_t device, std::int64_t first,
              std::int64_t last) {
    const Events events = events_of(window, database, device);
    return first <= events.last && last >= events.first;
}

DeviceFigures figures_within(const Window& window, archive::Database& database, DeviceFigures figures) {
    const Events events = events_of(window, database, figures.device);
    const Highest highest = RequestedChanges(database, figures.device, events).highest(events.first);
    set_place(database, highest, figures);
    figures.reserved_at_peak_bytes = figures.peak_reserved_bytes = figures.peak_reserved_event = std::nullopt;
    if (const auto reserved = reserved_within(database, figures.device, events, highest.event)) {
        figures.peak_reserved_bytes = reserved->highest.value;
        figures.peak_reserved_event = reserved->highest.event;
        figures.reserved_at_peak_bytes = reserved->at_peak;
    }
    if (figures.oom_events.value_or(0) > 0)
        figures.oom_events = ooms_within(database, figures.device, events);
    return figures;
}

LiveAt peak_of(const std::optional<Window>& window, const DeviceFigures& figures) {
    return {figures.peak_event.value_or(-1), window ? "" : "peak", figures.has_trace};
}

LiveAt live_at(const Moment& moment, const std::optional<Window>& window, archive::Database& database,
               const DeviceFigures& figures) {
    if (window && moment.kind == Moment::Kind::peak) return peak_of(window, figures);
    if (window && moment.kind == Moment::Kind::reserved_peak && figures.peak_reserved_event)
        return {*figures.peak_reserved_event, {}, figures.has_trace};
    LiveAt at = live_at(moment, database, figures.device);
    at.has_trace = figures.has_trace;
    return at;
}

void refuse_window_in_snapviewer(const std::string& archive) {
    throw InputError(archive,
                     "was made by SnapViewer's converter, which stores no events, so it has no windows");
}

}  // namespace snapq::analysis
