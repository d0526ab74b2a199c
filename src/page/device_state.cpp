#include "page/device_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "analysis/moment.hpp"
#include "analysis/row_access.hpp"
#include "json/writer.hpp"
#include "page/html_writer.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::page {
namespace {

constexpr std::array<std::string_view, 4> k_segment_actions{"segment_alloc", "segment_free", "segment_map",
                                                            "segment_unmap"};

// Pools and streams of segments in the form of the page's columns: index + 1, or 0 for none.
class SegmentNames {
public:
    SegmentNames(const DeviceContext& context, std::int64_t device)
        : m_names(context.names), m_device(device), m_numbers(context.database, device) {}

    [[nodiscard]] std::uint64_t stream(const archive::Query& row, int column) {
        if (row.is_null(column)) return 0;
        return std::uint64_t{m_names.streams.index_of(row.integer(column), m_device, m_numbers)} + 1;
    }
    [[nodiscard]] std::uint64_t pool(const archive::Query& row, int column) {
        return row.is_null(column) ? 0 : std::uint64_t{m_names.pools.index_of(row.text(column))} + 1;
    }

private:
    Names& m_names;
    std::int64_t m_device;
    analysis::StreamNumbers m_numbers;
};

void write_maybe_column(json::JsonWriter& to, const char* key, bool is_known, Column& column,
                        HtmlWriter& page) {
    to.key(key);
    if (is_known) {
        write_column(to, column.write_to(page));
    } else {
        to.null();
    }
}

void write_final_segments(const DeviceContext& context, std::int64_t device, SegmentNames& names) {
    json::JsonWriter& json = context.json.json();
    archive::Query rows = context.database.prepare(fmt::format(
        "SELECT address, total_size, stream, abbreviate(pool_id), is_expandable, abbreviate(segment_type) "
        "FROM segments WHERE {} ORDER BY address",
        analysis::rows_of_device(context.database, "segments", device)));
    rows.bind(1, device);
    json.key("segments").begin_array();
    while (rows.next()) {
        json.begin_array();
        write_integer(json, static_cast<std::uint64_t>(rows.integer(0)));
        json.value(rows.integer(1));
        json.value(static_cast<std::int64_t>(names.stream(rows, 2)) - 1);
        json.value(static_cast<std::int64_t>(names.pool(rows, 3)) - 1);
        json.value(std::int64_t{rows.integer(4) != 0 ? 1 : 0});
        json.value(UntrustedText(rows.text(5)));
        json.end_array();
        context.json.relieve();
    }
    json.end_array();
}

void add_ooms(archive::Database& database, std::int64_t device, std::vector<NamedMoment>& moments) {
    archive::Query ooms = database.prepare(
        fmt::format("SELECT event FROM oom WHERE device = ?1 ORDER BY event LIMIT {}", k_most_oom_moments));
    ooms.bind(1, device);
    for (std::int64_t number = 0; ooms.next(); ++number)
        moments.push_back({.name = fmt::format("oom:{}", number), .event = ooms.integer(0)});
}

}  // namespace

std::vector<NamedMoment> named_moments(archive::Database& database, const report::DeviceFigures& figures) {
    std::vector<NamedMoment> moments;
    const auto add = [&](const std::string& name) {
        const auto event = analysis::find_event(analysis::parse_moment(name), database, figures.device);
        if (event) moments.push_back({.name = name, .event = *event});
    };
    for (const char* name : {"start", "peak", "end"}) add(name);
    if (figures.peak_reserved_event) add("reserved-peak");
    if (figures.oom_events.value_or(0) > 0) add_ooms(database, figures.device, moments);
    archive::Query steps = database.prepare(fmt::format(
        "SELECT step, peak_event FROM steps WHERE device = ?1 ORDER BY step LIMIT {}", k_most_step_moments));
    steps.bind(1, figures.device);
    while (steps.next())
        moments.push_back({.name = fmt::format("step:{}", steps.integer(0)), .event = steps.integer(1)});
    return moments;
}

MomentSums::MomentSums(std::vector<NamedMoment>& moments) : m_moments(moments) {
    for (const NamedMoment& moment : moments) m_changes.push_back({.event = moment.event});
    std::ranges::sort(m_changes, {}, &Change::event);
    const auto is_repeated = [](const Change& one, const Change& other) { return one.event == other.event; };
    m_changes.erase(std::unique(m_changes.begin(), m_changes.end(), is_repeated), m_changes.end());
    m_changes.push_back({.event = std::numeric_limits<std::int64_t>::max()});
}

void MomentSums::add(const AllocationRow& row) {
    const auto change_at = [&](std::int64_t event) {
        return std::ranges::lower_bound(m_changes, event, {}, &Change::event);
    };
    const auto begin = change_at(row.start);
    const auto end = row.life == 0 ? m_changes.end() - 1 : change_at(row.start + row.life);
    if (begin >= end) return;
    begin->bytes = saturating_add(begin->bytes, row.size);
    end->bytes = saturating_add(end->bytes, -row.size);
    ++begin->count;
    --end->count;
}

void MomentSums::finish() {
    for (std::size_t i = 1; i < m_changes.size(); ++i) {
        m_changes[i].bytes = saturating_add(m_changes[i].bytes, m_changes[i - 1].bytes);
        m_changes[i].count += m_changes[i - 1].count;
    }
    for (NamedMoment& moment : m_moments) {
        const auto at = std::ranges::lower_bound(m_changes, moment.event, {}, &Change::event);
        moment.live_bytes = at->bytes;
        moment.live_count = at->count;
    }
}

void add_prepared_sums(archive::Database& database, std::int64_t device, std::vector<NamedMoment>& moments) {
    const auto moment_named = [&](std::string_view name) {
        return std::ranges::find(moments, name, &NamedMoment::name);
    };
    archive::Query rows = database.prepare(
        fmt::format("SELECT abbreviate(moment), sum(bytes), sum(count) FROM live_stacks WHERE {} GROUP BY 1",
                    analysis::rows_of_device(database, "live_stacks", device)));
    rows.bind(1, device);
    for (NamedMoment& moment : moments) moment.live_count = 0;
    while (rows.next()) {
        const auto moment = moment_named(rows.text(0));
        if (moment == moments.end()) continue;
        moment->live_bytes = rows.integer(1);
        moment->live_count = rows.integer(2);
    }
    archive::Query steps = database.prepare("SELECT step, peak_bytes FROM steps WHERE device = ?1");
    steps.bind(1, device);
    while (steps.next()) {
        const auto moment = moment_named(fmt::format("step:{}", steps.integer(0)));
        if (moment == moments.end()) continue;
        moment->live_bytes = steps.integer(1);
        moment->live_count = std::nullopt;
    }
}

void write_moments(json::JsonWriter& to, const std::vector<NamedMoment>& moments) {
    to.key("moments").begin_array();
    for (const NamedMoment& moment : moments) {
        to.begin_object();
        to.key("name").value(moment.name);
        to.key("event").value(moment.event);
        to.key("live_bytes").value(moment.live_bytes);
        write_optional(to, "live_count", moment.live_count);
        to.end_object();
    }
    to.end_array();
}

void write_curve(const DeviceContext& context, std::int64_t device, const DeviceOptions& options) {
    archive::Query rows = context.database.prepare(
        "SELECT event, time_us, requested_bytes, reserved_bytes FROM timeline WHERE device = ?1 ORDER BY "
        "event");
    rows.bind(1, device);
    Column events(options.prefix + "curve-event", Coding::delta);
    Column times(options.prefix + "curve-time", Coding::delta);
    Column requested(options.prefix + "curve-requested", Coding::delta);
    Column reserved(options.prefix + "curve-reserved", Coding::delta);
    // A point without a time gets the time of the previous point; points before the first known time get that
    // time.
    std::int64_t time = 0;
    bool has_times = false;
    bool has_reserved = true;
    std::int64_t waiting = 0;
    bool is_empty = true;
    while (rows.next()) {
        if (options.range &&
            (rows.integer(0) < options.range->first || rows.integer(0) > options.range->last))
            continue;
        is_empty = false;
        events.add(rows.integer(0));
        requested.add(rows.integer(2));
        has_reserved = has_reserved && !rows.is_null(3);
        reserved.add(rows.integer(3));
        ++waiting;
        if (!rows.is_null(1)) {
            time = rows.integer(1);
            has_times = true;
        }
        if (!has_times) continue;
        for (; waiting > 0; --waiting) times.add(time);
    }
    json::JsonWriter& json = context.json.json();
    json.key("curve");
    if (is_empty) {
        json.null();
        return;
    }
    json.begin_object();
    write_column(json.key("event"), events.write_to(context.page));
    write_maybe_column(json, "time_us", has_times, times, context.page);
    write_column(json.key("requested"), requested.write_to(context.page));
    write_maybe_column(json, "reserved", has_reserved, reserved, context.page);
    json.end_object();
}

void write_steps(const DeviceContext& context, std::int64_t device) {
    archive::Query rows = context.database.prepare(
        "SELECT step, start_event, end_event, start_bytes, peak_bytes, peak_event, end_bytes, "
        "allocated_bytes FROM steps WHERE device = ?1 ORDER BY step");
    rows.bind(1, device);
    json::JsonWriter& json = context.json.json();
    json.key("steps").begin_array();
    while (rows.next()) {
        json.begin_array();
        for (int column = 0; column < rows.column_count(); ++column) json.value(rows.integer(column));
        json.end_array();
        context.json.relieve();
    }
    json.end_array();
}

// Outer and long spans come first, because the first ones are kept if there are too many.
void write_spans(const DeviceContext& context, std::int64_t device) {
    const std::string condition = analysis::rows_of_device(context.database, "spans", device);
    archive::Query rows = context.database.prepare(
        fmt::format("SELECT abbreviate(name), depth, start_event, end_event, peak_bytes, cut FROM spans "
                    "WHERE {} ORDER BY depth, end_event - start_event DESC, rowid LIMIT {}",
                    condition, k_most_spans));
    rows.bind(1, device);
    json::JsonWriter& json = context.json.json();
    json.key("spans").begin_array();
    std::int64_t shown = 0;
    for (; rows.next(); ++shown) {
        json.begin_array();
        json.value(UntrustedText(rows.text(0))).value(rows.integer(1));
        for (int column = 2; column < 5; ++column) {
            const auto value = rows.maybe_integer(column);
            value ? json.value(*value) : json.null();
        }
        json.value(rows.integer(5)).end_array();
        context.json.relieve();
    }
    json.end_array();
    archive::Query all =
        context.database.prepare(fmt::format("SELECT count(*) FROM spans WHERE {}", condition));
    all.bind(1, device);
    json.key("spans_left_out").value(all.next() ? all.integer(0) - shown : 0);
}

void write_segments(const DeviceContext& context, std::int64_t device, const std::string& prefix) {
    SegmentNames names(context, device);
    write_final_segments(context, device, names);
    archive::Query rows = context.database.prepare(
        "SELECT event, action, address, size, stream, abbreviate(pool_id) FROM other_events WHERE device = "
        "?1 AND action IN ('segment_alloc', 'segment_free', 'segment_map', 'segment_unmap') ORDER BY event");
    rows.bind(1, device);
    json::JsonWriter& json = context.json.json();
    json.key("segment_events");
    if (!rows.next()) {
        json.null();
        return;
    }
    Column events(prefix + "segment-event", Coding::delta);
    Column actions(prefix + "segment-action", Coding::plain);
    Column addresses(prefix + "segment-address", Coding::delta);
    Column sizes(prefix + "segment-size", Coding::plain);
    Column streams(prefix + "segment-stream", Coding::plain);
    Column pools(prefix + "segment-pool", Coding::plain);
    do {
        events.add(rows.integer(0));
        actions.add(
            std::int64_t{std::ranges::find(k_segment_actions, rows.text(1)) - k_segment_actions.begin()});
        addresses.add(rows.integer(2));
        sizes.add(std::max<std::int64_t>(rows.integer(3), 0));
        streams.add(names.stream(rows, 4));
        pools.add(names.pool(rows, 5));
    } while (rows.next());
    json.begin_object();
    write_column(json.key("event"), events.write_to(context.page));
    write_column(json.key("action"), actions.write_to(context.page));
    write_column(json.key("address"), addresses.write_to(context.page));
    write_column(json.key("size"), sizes.write_to(context.page));
    write_column(json.key("stream"), streams.write_to(context.page));
    write_column(json.key("pool"), pools.write_to(context.page));
    json.end_object();
}

void write_live_at_peak(const DeviceContext& context, std::int64_t device) {
    archive::Query rows = context.database.prepare(fmt::format(
        "SELECT stack_id, origin, sum(bytes), sum(count) FROM live_stacks WHERE {} AND moment = 'peak' "
        "GROUP BY 1, 2",
        analysis::rows_of_device(context.database, "live_stacks", device)));
    rows.bind(1, device);
    std::array<std::vector<std::int64_t>, 3> columns;
    while (rows.next()) {
        columns[0].push_back(context.names.sources.index_of(rows.maybe_integer(0), rows.text(1)));
        columns[1].push_back(rows.integer(2));
        columns[2].push_back(rows.integer(3));
    }
    json::JsonWriter& json = context.json.json();
    json.key("live").begin_object();
    constexpr std::array<const char*, 3> k_keys{"source", "bytes", "count"};
    for (std::size_t i = 0; i < k_keys.size(); ++i) {
        json.key(k_keys.at(i)).begin_array();
        for (const std::int64_t value : columns.at(i)) json.value(value);
        json.end_array();
    }
    json.end_object();
}

}  // namespace snapq::page
