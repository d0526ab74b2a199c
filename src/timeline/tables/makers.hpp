// The functions that make the precomputed tables, one or two for each table; groups.hpp has those of the
// totals.
//
// All read their arguments only, so any number of threads may call them. `curves` must be cut at each event
// that a function asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "timeline/tables/allocator_rules.hpp"
#include "timeline/tables/curve.hpp"
#include "timeline/tables/device_view.hpp"
#include "timeline/tables/layout.hpp"
#include "timeline/tables/ooms.hpp"
#include "timeline/tables/rows.hpp"
#include "timeline/tables/steps.hpp"

namespace snapq::timeline {

// Table `devices`. `slices` must cover the whole trace; its intervals give the peaks. Leaves `timesteps`,
// `peak_timestep` and `reserved_at_peak_bytes` to the caller.
[[nodiscard]] report::DeviceFigures make_figures(const DeviceView& view, const Curves& slices,
                                                 std::int64_t oom_events);

// False if events are known to be missing, so that peaks are lower bounds.
[[nodiscard]] bool trace_is_complete(const DeviceView& view);

// Pools and streams of one moment. A program has a few; a hostile file may have one for each segment.
inline constexpr std::size_t k_max_pools = 100;

// What is known of the memory of the device at a moment.
struct MemoryAt {
    report::Fragmentation fragmentation;
    std::vector<PoolFragmentationRow> pools;  // most reserved bytes first, at most k_max_pools
    const Layout* layout = nullptr;           // null: not known, and then there are no pools
};

// Tables `fragmentation` and `pool_fragmentation`: what the reserved bytes were used for at each moment.
//
//     requested + rounding + cached + stranded = reserved
//
// cached: whole free segments. stranded: free ranges (holes) inside segments in use. rounding: what blocks
// occupy beyond the requested bytes. The row of the end is exact: it is computed from the final blocks, also
// where the trace disagrees with them. Earlier moments are estimated, see layout.hpp. The parts are NULL if
// the layout is not known. Reserved and requested bytes are then still given.
//
// Calls visit(number of the moment, its memory) from the latest moment to the earliest; the layout is valid
// during the call. One backward pass over the segment events for all moments.
void for_each_memory(const DeviceView& view, const Curves& curves, std::span<const Moment> moments,
                     const std::function<void(std::size_t, MemoryAt&&)>& visit);

// Table `oom` gets no more rows than this, because their memory must be bounded. `devices.oom_events` counts
// all of them, and other_events has them.
inline constexpr std::size_t k_max_oom_rows = 50'000;

struct OomEvents {
    std::vector<std::int64_t> events;  // ascending, the first k_max_oom_rows
    std::int64_t count = 0;            // of all OOMs
};

[[nodiscard]] OomEvents find_ooms(const DeviceView& view);

// Tables `oom` and `oom_unusable`. A value is NULL if one of its inputs is.
//
// short_bytes: the bytes that the driver lacked, max(0, requested - device free). segment_bytes: the size of
// the segment that the driver was asked for. usable_bytes: the free memory of the allocator's segments that
// it could have given to this request (ooms.hpp). fits_without_fragmentation: requested <= device free +
// usable. verdict_lacks: why that is NULL. largest_hole_bytes: as in table `fragmentation` for the same
// moment.
//
// Only the first k_detailed_ooms OOMs have a layout. A later OOM repeats the verdict of the one before it if
// nothing changed in between. Where not even reserved - active would have been enough, the verdict is 0 even
// without a layout. active is estimated for this: the live elements (pending frees included), each rounded up
// to 512 bytes.
class OomMaker {
public:
    // Both must outlive the maker.
    OomMaker(const DeviceView& view, const Curves& curves);

    // `number`: the number of the OOM, from 0; `event`: its event; `memory`: the memory at its moment.
    void add_detail(std::size_t number, std::int64_t event, const MemoryAt& memory);
    // `ooms` must ascend. Call it after the last add_detail.
    [[nodiscard]] std::vector<OomRow> rows(std::span<const std::int64_t> ooms) const;

private:
    struct Detail {
        std::optional<std::int64_t> largest_hole_bytes;
        snapshot::TextId pool;
        std::optional<OomFit> fit;
    };
    void set_detail(const Detail& detail, OomRow& row) const;
    [[nodiscard]] bool is_repetition(const OomRow& row, const OomRow& previous) const;
    static void copy_verdict(const OomRow& from, OomRow& to);

    const DeviceView& m_view;
    const Curves& m_curves;
    AllocatorSettings m_settings;
    RequestReader m_requests;
    std::map<std::size_t, Detail> m_details;  // by the number of the OOM
};

// Table `pending`: for each moment at which something is pending, what the program had freed but another
// stream may still have used (a free_requested without its free_completed). Blocks that were pending before
// the trace count until they end. Empty if completions are not recorded, because requests then end the
// elements.
//
// One pass over the elements, and one step for each moment inside a wait.
[[nodiscard]] std::vector<PendingRow> make_pending(const DeviceView& view, std::span<const Moment> moments);

// Table `spans`: annotated regions of the program, placed on the axis of events by their times.
//
// An END closes the latest open START of the same name on the same device, so the regions of several threads
// may interleave. `depth` is the number of other spans that contain a span. A cut span lacks its START or its
// END. It then reaches to that end of the trace, which counts for its peak; the event and the bytes of the
// missing half are NULL. Rows are ordered by start, longer spans first.
//
// A device gets the annotations that name it. The first device also gets those that name no device, or one
// without a row in table `devices`, so that each annotation counts once. Linear in events, n log n in
// annotations.
[[nodiscard]] std::vector<SpanRow> make_spans(const DeviceView& view);

// Table `leaks`: stacks that leave memory again and again while other memory comes and goes.
//
// A stack is suspected if its allocations of at least three separate steps are live at the end of the trace,
// and these are at least half of the steps in which it allocates. A buffer that only keeps the newest batches
// is thus no leak.
//
// If the steps are a period of the allocations and not annotated, three other patterns look like leaks, so
// there are three more conditions. Other stacks must allocate and free memory in at least three steps, at
// least a quarter of the bytes that stay, so that memory really comes and goes. A stack must not leave more
// than twice the bytes by which the device grew, because an optimizer replaces the state of one parameter
// after the other. A stack inside a module's forward is suspected only if the trace has a backward pass,
// which would free the activations that a forward saves.
//
// One pass over the elements. Takes 80 bytes a group. At most k_most_leaks rows, those with the most bytes,
// by bytes in descending order.
inline constexpr std::size_t k_most_leaks = 1000;
[[nodiscard]] std::vector<LeakRow> make_leaks(const DeviceView& view, const StackGroups& groups,
                                              const Steps& steps, std::int64_t growth_bytes);

}  // namespace snapq::timeline
