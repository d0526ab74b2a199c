#include "exports/lake_tables.hpp"

namespace snapq::exports {
namespace {

using parquet::Column;

// Short names for columns of one type keep the lists below readable.
Column integer(std::string name) {
    return {std::move(name), parquet::Type::integer};
}
Column text(std::string name) {
    return {std::move(name), parquet::Type::text};
}
Column time(std::string name) {
    return {std::move(name), parquet::Type::timestamp};
}

constexpr std::string_view k_site_of_stack = "SELECT site FROM stacks WHERE stack_id = ?1";

// Ids start at 0 in each archive, so they mean nothing in a lake. A lake has `stack_hash` instead, which is
// the same for the same stack in every archive.
std::vector<LakeTable> make_lake_tables() {
    return {
        {"devices",
         false,
         {integer("device"),
          text("kind"),
          integer("event_count"),
          integer("allocation_count"),
          integer("has_trace"),
          integer("complete"),
          integer("before_recording_bytes"),
          integer("peak_requested_bytes"),
          integer("peak_event"),
          time("peak_time"),
          text("peak_site"),
          integer("reserved_at_peak_bytes"),
          integer("peak_reserved_bytes"),
          integer("peak_reserved_event"),
          integer("end_requested_bytes"),
          integer("end_allocated_bytes"),
          integer("end_active_bytes"),
          integer("end_reserved_bytes"),
          integer("unfreed_bytes"),
          integer("pending_bytes"),
          integer("oom_events"),
          time("first_time"),
          time("last_time")},
         "SELECT devices.device, {kind}, event_count, allocation_count, has_trace, complete, "
         "preexisting_bytes, "
         "peak_requested_bytes, peak_event, peak_time_us, s.site, reserved_at_peak_bytes, "
         "peak_reserved_bytes, "
         "peak_reserved_event, end_requested_bytes, end_allocated_bytes, end_active_bytes, "
         "end_reserved_bytes, "
         "unfreed_bytes, pending_bytes, oom_events, first_time_us, last_time_us "
         "FROM devices LEFT JOIN stacks s ON s.stack_id = peak_stack_id"},
        {"stacks",
         false,
         {integer("stack_hash"), integer("depth"), text("kind"), text("site"), text("op"), text("phase"),
          text("backward_node"), text("callstack")},
         "SELECT stack_hash, depth, kind, site, op, {phase}, backward_node, callstack FROM stacks"},
        {"stack_totals",
         false,
         {integer("device"), integer("stack_hash"), text("site"), text("origin"), integer("allocations"),
          integer("total_bytes"), integer("min_size"), integer("max_size"), integer("peak_bytes"),
          integer("peak_count"), integer("max_bytes"), integer("max_event"), integer("end_bytes"),
          integer("end_count")},
         "SELECT device, stack_hash, site, origin, allocations, total_bytes, min_size, max_size, peak_bytes, "
         "peak_count, max_bytes, max_event, end_bytes, end_count "
         "FROM stack_totals LEFT JOIN stacks USING(stack_id)"},
        {"live_stacks",
         false,
         {integer("device"), text("moment"), integer("stack_hash"), text("site"), text("op"), text("phase"),
          text("origin"), integer("bytes"), integer("count")},
         // Grouped before the join, because grouping sorts, and the texts of a stack can be long.
         "SELECT device, moment, stack_hash, stack_id, stack_id, {phase}, origin, bytes, count FROM "
         "(SELECT device, moment, stack_id, origin, sum(bytes) AS bytes, sum(count) AS count "
         "FROM live_stacks GROUP BY device, moment, stack_id, origin) LEFT JOIN stacks USING(stack_id)",
         {{"site", k_site_of_stack}, {"op", "SELECT op FROM stacks WHERE stack_id = ?1"}}},
        {"timeline",
         false,
         {integer("device"), integer("event"), time("time"), integer("requested_bytes"),
          integer("reserved_bytes")},
         "SELECT device, event, time_us, requested_bytes, reserved_bytes FROM timeline"},
        {"category_totals",
         false,
         {integer("device"), text("moment"), text("category"), integer("bytes"), integer("count"),
          integer("before_recording_bytes"), integer("before_recording_count")},
         "SELECT device, moment, category, bytes, count, older_bytes, older_count FROM category_totals"},
        {"oom",
         false,
         {integer("device"), integer("event"), time("time"), integer("requested_bytes"),
          integer("device_free_bytes"), integer("live_bytes"), integer("reserved_bytes"),
          integer("short_bytes"), integer("largest_hole_bytes"), integer("fits_without_fragmentation"),
          integer("stack_hash"), text("site"), text("op"), integer("stream"), text("pool_id"),
          integer("usable_bytes"), integer("usable_largest_bytes")},
         "SELECT device, event, time_us, requested_bytes, device_free_bytes, live_bytes, reserved_bytes, "
         "short_bytes, largest_hole_bytes, fits_without_fragmentation, stack_hash, o.site, o.op, stream, "
         "pool_id, usable_bytes, usable_largest_bytes FROM oom o LEFT JOIN stacks s USING(stack_id)"},
        {"spans",
         false,
         {integer("device"), text("name"), integer("depth"), integer("cut"), integer("start_event"),
          integer("end_event"), time("start_time"), time("end_time"), integer("start_bytes"),
          integer("peak_bytes"), integer("peak_event"), integer("end_bytes")},
         "SELECT device, name, depth, cut, start_event, end_event, start_time_us, end_time_us, start_bytes, "
         "peak_bytes, peak_event, end_bytes FROM spans"},
        {"steps",
         false,
         {integer("device"), integer("step"), integer("start_event"), integer("end_event"),
          integer("start_bytes"), integer("peak_bytes"), integer("peak_event"), integer("end_bytes"),
          integer("allocated_bytes")},
         "SELECT device, step, start_event, end_event, start_bytes, peak_bytes, peak_event, end_bytes, "
         "allocated_bytes FROM steps"},
        {"fragmentation",
         false,
         {integer("device"), text("moment"), integer("estimated"), integer("reserved_bytes"),
          integer("requested_bytes"), integer("rounding_bytes"), integer("cached_bytes"),
          integer("stranded_bytes"), integer("segments"), integer("cached_segments"), integer("holes"),
          integer("largest_hole_bytes"), integer("largest_cached_segment_bytes")},
         "SELECT device, moment, estimated, reserved_bytes, requested_bytes, rounding_bytes, cached_bytes, "
         "stranded_bytes, segments, cached_segments, holes, largest_hole_bytes, largest_cached_segment_bytes "
         "FROM fragmentation"},
        {"settings", false, {text("key"), text("value")}, "SELECT key, value FROM settings"},
        {"labels",
         false,
         {text("key"), text("value")},
         "SELECT substr(key, 7), CAST(value AS TEXT) FROM meta WHERE substr(key, 1, 6) = 'label.'"},
        {"anomalies",
         false,
         {integer("device"), text("kind"), integer("count"), integer("first_event")},
         "SELECT device, kind, count, first_event FROM anomalies"},
        {"allocations",
         true,
         {integer("device"), integer("idx"), integer("size"), integer("address"), integer("stream"),
          text("pool_id"), text("origin"), integer("stack_hash"), text("site"), integer("free_stack_hash"),
          integer("alloc_event"), integer("free_requested_event"), integer("free_completed_event"),
          integer("end_event"), time("alloc_time"), time("free_requested_time"), time("free_completed_time"),
          text("category"), text("user_metadata")},
         "SELECT device, idx, size, address, stream, pool_id, origin, s.stack_hash, s.stack_id, "
         "f.stack_hash, "
         "alloc_event, free_requested_event, free_completed_event, end_event, alloc_time_us, "
         "free_requested_time_us, free_completed_time_us, {category}, user_metadata_id FROM allocations "
         "LEFT JOIN stacks s ON s.stack_id = allocations.stack_id LEFT JOIN stacks f ON f.stack_id = "
         "free_stack_id",
         {{"site", k_site_of_stack}, {"user_metadata", "SELECT text FROM strings WHERE id = ?1"}}},
        {"events",
         true,
         {integer("device"), integer("event"), text("action"), integer("address"), integer("size"),
          integer("stream"), text("pool_id"), time("time"), integer("stack_hash"), integer("device_free")},
         "SELECT device, event, action, address, size, stream, pool_id, time_us, s.stack_hash, device_free "
         "FROM events e LEFT JOIN stacks s ON s.stack_id = e.stack_id"},
        {"archives",
         false,
         {text("snapq_version"), text("source_name"), integer("source_bytes"), text("source_kind"),
          text("category_basis"), text("step_basis")},
         "SELECT max(CASE key WHEN 'snapq_version' THEN value END), max(CASE key WHEN 'source_name' THEN "
         "value END), max(CASE key WHEN 'source_bytes' THEN value END), max(CASE key WHEN 'source_kind' THEN "
         "value END), max(CASE key WHEN 'category_basis' THEN "
         "value "
         "END), max(CASE key WHEN 'step_basis' THEN value END) FROM meta"},
    };
}

}  // namespace

std::span<const LakeTable> lake_tables() {
    static const std::vector<LakeTable> tables = make_lake_tables();
    return tables;
}

}  // namespace snapq::exports
