// Totals of elements by what they have in common: tables stack_totals, live_stacks and stream_totals.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "timeline/tables/device_view.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

// Each element belongs to one group; groups are numbered in the order of their first element.
struct Grouping {
    BlockVector<std::uint32_t> group_of;  // by idx
    std::uint32_t count = 0;
};

struct StackGroups {
    struct Key {
        snapshot::StackId stack;
        Origin origin = Origin::trace;
    };
    Grouping grouping;
    std::vector<Key> keys;  // by group
};

struct StreamGroups {
    struct Key {
        std::optional<std::int64_t> stream;
        snapshot::TextId pool;
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    Grouping grouping;
    std::vector<Key> keys;
};

[[nodiscard]] StackGroups group_by_stack(const DeviceView& view);

// A preexisting_kept element has the stream and the pool of its final segment, any other those of its event.
// In a file whose events have no pool id, a preexisting_kept element has no pool, because its address may
// have changed pools since.
[[nodiscard]] StreamGroups group_by_stream(const DeviceView& view);

[[nodiscard]] std::vector<StackTotalRow> make_stack_totals(const DeviceView& view, const StackGroups& groups,
                                                           std::int64_t peak_event);
[[nodiscard]] std::vector<StreamTotalRow> make_stream_totals(const DeviceView& view,
                                                             const StreamGroups& groups,
                                                             std::int64_t peak_event);

// The groups that have something live, for each moment; a group has a row for each of its categories. After
// k_max_live_rows rows, further moments of OOMs are left out, because the rows of a file with very many
// stacks would take too much memory.
inline constexpr std::size_t k_max_live_rows = 200'000;
[[nodiscard]] std::vector<LiveStackRow> make_live_stacks(const DeviceView& view, const StackGroups& groups,
                                                         const Categories& categories,
                                                         std::span<const Moment> moments);

}  // namespace snapq::timeline
