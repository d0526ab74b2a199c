// The rows of the precomputed tables, one struct a table. Members are named and ordered as the columns are in
// src/archive/tables/schema.cpp; report/figures.hpp has the rows of tables `devices` and `fragmentation`.
//
// The tables stay small, a few thousand rows for a trace of any size, so they are held in memory. A program
// may try again after each OOM, so only the first 32 OOMs get moments of their own (oom:0 to oom:31), and
// only the first 50,000 get a row of table `oom`.
//
// Units: bytes, Unix microseconds, events of the device's trace (-1: before the first). std::nullopt and ids
// that are `none` are NULL in the database.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frames/phase.hpp"
#include "report/figures.hpp"
#include "snapshot/model.hpp"
#include "timeline/replay/replay.hpp"
#include "timeline/tables/category.hpp"

namespace snapq::timeline {

struct TimelineRow {
    std::int64_t event = -1;
    std::optional<std::int64_t> timestep;  // filled from the StackedTimeline
    std::optional<std::int64_t> time_us;
    std::int64_t requested_bytes = 0;
    std::optional<std::int64_t> reserved_bytes;
};

struct StackTotalRow {
    snapshot::StackId stack;
    Origin origin = Origin::trace;
    std::int64_t allocations = 0;
    std::int64_t total_bytes = 0;
    std::optional<std::int64_t> min_size;
    std::optional<std::int64_t> max_size;
    std::int64_t peak_bytes = 0;
    std::int64_t peak_count = 0;
    std::int64_t max_bytes = 0;
    std::optional<std::int64_t> max_event;
    std::int64_t end_bytes = 0;
    std::int64_t end_count = 0;
    // The number of live allocations, by the tenth of the trace in which they were made.
    std::array<std::int64_t, 10> unfreed_tenths{};
    bool has_unfreed_tenths = false;  // false: NULL
};

struct LiveStackRow {
    std::string moment;  // peak, reserved-peak, start, end, oom:N
    snapshot::StackId stack;
    Origin origin = Origin::trace;
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    Category category = Category::unknown;
};

struct StreamTotalRow {
    std::optional<std::int64_t> stream;
    snapshot::TextId pool;
    std::int64_t allocations = 0;
    std::int64_t total_bytes = 0;
    std::int64_t peak_bytes = 0;
    std::int64_t max_bytes = 0;
    std::int64_t end_bytes = 0;
};

// One pool, stream and kind of segment at a moment. Its `usage` has the same parts as the whole device.
struct PoolFragmentationRow {
    std::int64_t event = -1;
    snapshot::TextId pool;
    std::optional<std::int64_t> stream;
    bool is_small = false;
    bool is_expandable = false;
    report::Fragmentation usage;
};

// Why free memory could not serve a request: values of column `reason` of table `oom_unusable`.
inline constexpr std::string_view k_unusable_pool = "pool";
inline constexpr std::string_view k_unusable_stream = "stream";
inline constexpr std::string_view k_unusable_size_class = "size_class";
inline constexpr std::string_view k_unusable_max_split_size = "max_split_size";
inline constexpr std::string_view k_unusable_rest = "rest_of_block";
inline constexpr std::string_view k_unusable_pending = "pending";

struct OomUnusableRow {
    std::string_view reason;
    snapshot::TextId pool;  // the pool to which the memory belongs
    std::optional<std::int64_t> stream;
    std::int64_t bytes = 0;
    std::int64_t largest_bytes = 0;  // the largest piece
};

// What was missing for the verdict fits_without_fragmentation: values of column `verdict_lacks`.
inline constexpr std::string_view k_lacks_size = "size";
inline constexpr std::string_view k_lacks_device_free = "device_free";
inline constexpr std::string_view k_lacks_segments = "segments";
inline constexpr std::string_view k_lacks_segment_events = "segment_events";
inline constexpr std::string_view k_lacks_layout = "layout";
inline constexpr std::string_view k_lacks_detail = "detail";

struct OomRow {
    std::int64_t event = 0;
    std::optional<std::int64_t> time_us;
    std::optional<std::int64_t> requested_bytes;
    std::optional<std::int64_t> device_free_bytes;
    std::optional<std::int64_t> live_bytes;
    std::optional<std::int64_t> reserved_bytes;
    std::optional<std::int64_t> short_bytes;
    std::optional<std::int64_t> largest_hole_bytes;
    std::optional<bool> fits_without_fragmentation;
    snapshot::StackId stack;  // site and op follow from it
    std::optional<std::int64_t> stream;
    snapshot::TextId pool;
    bool pool_is_inferred = false;  // the event does not have it
    std::optional<std::int64_t> segment_bytes;
    std::optional<std::int64_t> usable_bytes;
    std::optional<std::int64_t> usable_largest_bytes;
    std::string_view verdict_lacks;  // empty: there is a verdict
    std::vector<OomUnusableRow> unusable;
};

// Memory that the program had freed at a moment, and that another stream may still have used.
struct PendingRow {
    std::string moment;  // as in LiveStackRow
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    // These three are of the element that was freed first. nullopt and `none` if it was freed before the
    // trace.
    std::optional<std::int64_t> first_event;
    snapshot::StackId stack;       // of its allocation
    snapshot::StackId free_stack;  // of its free
};

// See make_leaks.
struct LeakRow {
    snapshot::StackId stack;
    std::int64_t bytes = 0;  // allocated in the trace and live at its end
    std::int64_t count = 0;
    std::int64_t steps = 0;  // the number of steps that left some of these bytes
    std::int64_t first_event = 0;
    std::int64_t last_event = 0;
    std::string_view basis;  // how steps were found: spans, period
};

struct CategoryTotalRow {
    std::string moment;  // as in LiveStackRow
    Category category = Category::unknown;
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    std::int64_t older_bytes = 0;  // the part of these that is older than the trace
    std::int64_t older_count = 0;
};

struct CategoryTimelineRow {
    std::int64_t event = -1;
    Category category = Category::unknown;
    std::int64_t bytes = 0;
};

struct SpanRow {
    snapshot::TextId name;  // none: "" in the table
    std::int64_t depth = 0;
    bool cut = false;
    std::optional<std::int64_t> start_event;
    std::optional<std::int64_t> end_event;
    std::optional<std::int64_t> start_time_us;
    std::optional<std::int64_t> end_time_us;
    std::optional<std::int64_t> start_bytes;
    std::optional<std::int64_t> peak_bytes;
    std::optional<std::int64_t> peak_event;
    std::optional<std::int64_t> end_bytes;
};

// All precomputed rows of one device.
struct DeviceTables {
    report::DeviceFigures figures;  // its anomalies are in Replay
    std::vector<TimelineRow> timeline;
    std::vector<StackTotalRow> stack_totals;
    std::vector<LiveStackRow> live_stacks;
    std::vector<StreamTotalRow> stream_totals;
    std::vector<report::Fragmentation> fragmentation;
    std::vector<PoolFragmentationRow> pools;
    std::vector<OomRow> ooms;
    std::vector<SpanRow> spans;
    std::vector<PendingRow> pending;
    std::vector<LeakRow> leaks;
    std::vector<report::StepCost> steps;
    std::string_view step_basis = "none";  // how `steps` were found
    std::vector<CategoryTotalRow> category_totals;
    std::vector<CategoryTimelineRow> category_timeline;
    Categories categories;  // column allocations.category
};

// The second pass over a replayed device. The members that come from the animation clock (`timesteps`,
// `peak_timestep`, TimelineRow::timestep) are left for the caller. Reads its arguments only, so any number of
// threads may call it. `phases` are those of the snapshot's stacks.
[[nodiscard]] DeviceTables tabulate(const snapshot::Snapshot& snapshot, const frames::StackPhases& phases,
                                    const Replay& replay);

}  // namespace snapq::timeline
