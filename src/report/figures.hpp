// The figures of one device and of its reserved bytes: the columns of tables `devices` and `fragmentation`,
// which are also the members of the JSON of `summary` and the names of --get.
//
// A new figure is one member and one line in the list below it, one column in src/archive/tables/schema.cpp,
// and the code in src/timeline that computes it. The database, `summary` and --list-get follow from the list;
// the public C++ API has its own copy (src/api/report_values.cpp).
//
// Sizes are in bytes, times in Unix microseconds, and events are indices in the device's trace (-1: before
// the first event). std::nullopt is NULL: the archive does not have this figure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "support/numbers.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::report {

using MaybeInteger = std::optional<std::int64_t>;

// A member of struct `Row` that a table of the database has as a column.
template <typename Row>
struct Column {
    std::string_view name;  // of the column, of the member in JSON, and for --get
    std::variant<MaybeInteger Row::*, bool Row::*> member;
    std::string_view description = {};  // for --list-get; empty: the column is in the database only

    // As the database stores it: flags are 0 and 1.
    [[nodiscard]] MaybeInteger value_of(const Row& row) const {
        return std::visit([&](auto pointer) { return MaybeInteger(row.*pointer); }, member);
    }
    void set(Row& row, MaybeInteger value) const {
        if (const auto* flag = std::get_if<bool Row::*>(&member)) {
            row.*(*flag) = value.value_or(0) != 0;
        } else {
            row.*(std::get<MaybeInteger Row::*>(member)) = value;
        }
    }
};

template <typename Row, std::size_t N>
[[nodiscard]] constexpr std::array<std::string_view, N> names_of(const std::array<Column<Row>, N>& columns) {
    std::array<std::string_view, N> names;
    for (std::size_t i = 0; i < N; ++i) names[i] = columns[i].name;
    return names;
}

struct Anomaly {
    UntrustedText kind;  // a name of snapshot::k_anomaly_names, or one of a later version
    std::int64_t count = 0;
    MaybeInteger first_event;
};

// The memory of one step of the program: a row of table `steps`.
struct StepCost {
    std::int64_t step = 0;  // from 0
    std::int64_t start_event = 0;
    std::int64_t end_event = 0;    // the last one of the step
    std::int64_t start_bytes = 0;  // before start_event
    std::int64_t peak_bytes = 0;
    std::int64_t peak_event = 0;
    std::int64_t end_bytes = 0;
    std::int64_t allocated_bytes = 0;  // sum of all allocations in the step
};

struct DeviceFigures {
    std::int64_t device = 0;
    bool has_trace = false;  // also false for a trace of a single entry, which is a recording of the state
    bool complete = true;    // false: events are missing, and peaks are lower bounds
    MaybeInteger event_count;
    MaybeInteger allocation_count;
    MaybeInteger timesteps;  // the final step of the animation clock
    MaybeInteger preexisting_bytes;
    MaybeInteger peak_requested_bytes;
    MaybeInteger peak_event;
    MaybeInteger peak_timestep;
    MaybeInteger peak_time_us;
    MaybeInteger peak_stack_id;
    MaybeInteger reserved_at_peak_bytes;
    MaybeInteger peak_reserved_bytes;
    MaybeInteger peak_reserved_event;
    MaybeInteger end_requested_bytes;
    MaybeInteger end_allocated_bytes;
    MaybeInteger end_active_bytes;
    MaybeInteger end_reserved_bytes;
    MaybeInteger unfreed_bytes;
    MaybeInteger pending_bytes;
    MaybeInteger oom_events;
    MaybeInteger first_time_us;
    MaybeInteger last_time_us;
    std::vector<Anomaly> anomalies;  // only if the figures were read from a database

    // Held nothing at any time, and asked for nothing.
    [[nodiscard]] bool is_idle() const {
        const auto is_zero = [](MaybeInteger value) { return value.value_or(0) == 0; };
        return is_zero(allocation_count) && is_zero(oom_events) && is_zero(peak_requested_bytes) &&
               is_zero(peak_reserved_bytes) && is_zero(end_requested_bytes) && is_zero(end_reserved_bytes);
    }
    // Requested at the end minus requested before the first event.
    [[nodiscard]] MaybeInteger growth_bytes() const {
        if (!end_requested_bytes || !preexisting_bytes) return std::nullopt;
        return saturating_subtract(*end_requested_bytes, *preexisting_bytes);
    }
};

// The columns of table `devices` besides its key, in the order of the JSON object. summary.cpp inserts
// the two figures that have no column.
inline constexpr auto k_device_columns = [] {
    using F = DeviceFigures;
    return std::to_array<Column<F>>({
        {"has_trace", &F::has_trace, "false: only the state at the dump is known"},
        {"complete", &F::complete, "false: events are missing, peaks are lower bounds"},
        {"event_count", &F::event_count, "events of the trace"},
        {"allocation_count", &F::allocation_count, "allocations, those from before the recording included"},
        {"timesteps", &F::timesteps},
        {"preexisting_bytes", &F::preexisting_bytes, "requested and live before the first event"},
        {"peak_requested_bytes", &F::peak_requested_bytes, "the most that was requested and live at once"},
        {"peak_event", &F::peak_event, "event after which that was reached; -1: before the first"},
        {"peak_timestep", &F::peak_timestep, "its step in allocations.json"},
        {"peak_time_us", &F::peak_time_us, "its time, Unix microseconds"},
        {"peak_stack_id", &F::peak_stack_id},
        {"reserved_at_peak_bytes", &F::reserved_at_peak_bytes, "held from the driver at that moment"},
        {"peak_reserved_bytes", &F::peak_reserved_bytes, "the most held from the driver at any time"},
        {"end_requested_bytes", &F::end_requested_bytes, "requested and live at the end"},
        {"end_allocated_bytes", &F::end_allocated_bytes, "torch.cuda.memory_allocated() at the end"},
        {"end_reserved_bytes", &F::end_reserved_bytes, "torch.cuda.memory_reserved() at the end"},
        {"unfreed_bytes", &F::unfreed_bytes, "requested in the trace and live at its end"},
        {"oom_events", &F::oom_events, "times an allocation failed"},
        {"peak_reserved_event", &F::peak_reserved_event, "event after which reserved bytes were highest"},
        {"end_active_bytes", &F::end_active_bytes, "allocated bytes and pending frees at the end"},
        {"pending_bytes", &F::pending_bytes, "freed by the program, still in use by a stream at the end"},
        {"first_time_us", &F::first_time_us, "time of the first event"},
        {"last_time_us", &F::last_time_us, "time of the last event"},
    });
}();

// How reserved bytes were used at a moment: requested + rounding + cached + stranded = reserved.
struct Fragmentation {
    std::string moment;     // start, peak, reserved-peak, end, oom:N
    bool estimated = true;  // false: computed from the final blocks
    MaybeInteger reserved_bytes;
    MaybeInteger requested_bytes;
    MaybeInteger rounding_bytes;
    MaybeInteger cached_bytes;    // whole free segments
    MaybeInteger stranded_bytes;  // free inside occupied segments
    MaybeInteger segments;
    MaybeInteger cached_segments;
    MaybeInteger holes;
    MaybeInteger largest_hole_bytes;
    MaybeInteger largest_cached_segment_bytes;
};

// The columns of table `fragmentation` besides its key (device, moment), in the order of the JSON object.
inline constexpr auto k_fragmentation_columns = [] {
    using F = Fragmentation;
    return std::to_array<Column<F>>({
        {"estimated", &F::estimated},
        {"reserved_bytes", &F::reserved_bytes, "held from the driver at the moment (--at)"},
        {"requested_bytes", &F::requested_bytes, "requested and live at the moment"},
        {"rounding_bytes", &F::rounding_bytes, "lost to block sizes"},
        {"cached_bytes", &F::cached_bytes, "whole free segments"},
        {"stranded_bytes", &F::stranded_bytes, "free inside occupied segments"},
        {"segments", &F::segments, "segments"},
        {"cached_segments", &F::cached_segments, "segments that are wholly free"},
        {"holes", &F::holes, "free ranges inside occupied segments"},
        {"largest_hole_bytes", &F::largest_hole_bytes, "the largest of them"},
        {"largest_cached_segment_bytes", &F::largest_cached_segment_bytes,
         "the largest segment that is wholly free"},
    });
}();

}  // namespace snapq::report
