#include "timeline/replay/final_state.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "support/devices.hpp"
#include "support/numbers.hpp"

namespace snapq::timeline {
namespace {

using snapshot::Anomaly;
using snapshot::Block;
using AddressState = ReplayScan::AddressState;
using Segments = SegmentsByDevice::Segments;

class BlockMatcher {
public:
    BlockMatcher(const snapshot::EventTables& tables, ReplayScan* scan, AnomalyTally& anomalies)
        : m_tables(tables), m_scan(scan), m_anomalies(anomalies) {
        if (scan != nullptr) m_confirmed.resize(tables.address_count(), false);
    }

    void add(std::uint32_t index, const Block& block) {
        const AddressState state = state_of(block);
        if (state == AddressState::open || block.requested < 0) return;
        if (state == AddressState::closed) m_anomalies.count(Anomaly::block_without_alloc);
        m_kept.push_back(index);
    }

    void count_unconfirmed() {
        for (std::uint32_t id = 0; id < m_confirmed.size(); ++id) {
            if (m_confirmed[id] || m_scan->state_of(id) != AddressState::open) continue;
            m_anomalies.count(Anomaly::live_not_in_blocks, m_scan->source_of_open(id));
        }
    }

    [[nodiscard]] BlockVector<std::uint32_t> take() { return std::move(m_kept); }

private:
    AddressState state_of(const Block& block) {
        if (m_scan == nullptr) return AddressState::unseen;
        const std::optional<std::uint32_t> id = m_tables.find_address(block.address);
        if (!id) return AddressState::unseen;
        m_confirmed[*id] = true;
        return m_scan->state_of(*id);
    }

    const snapshot::EventTables& m_tables;
    ReplayScan* m_scan;
    AnomalyTally& m_anomalies;
    std::vector<bool> m_confirmed;  // by address id: true if a block in use is there
    BlockVector<std::uint32_t> m_kept;
};

// Calls visit(index, block) for each block in use of the segments.
template <typename Visit>
void for_each_block_in_use(const snapshot::Snapshot& snapshot, const Segments& segments, Visit&& visit) {
    for (const snapshot::Segment* segment : segments) {
        for (std::uint32_t i = 0; i < segment->block_count; ++i) {
            const std::uint32_t index = segment->first_block + i;
            if (snapshot.blocks[index].occupied()) visit(index, snapshot.blocks[index]);
        }
    }
}

// profile_plot lists blocks in the order of their allocation, so the last ones are the memory that is open at
// the end of the trace. Returns the blocks before them; nullopt if the last ones have other sizes.
std::optional<BlockVector<std::uint32_t>> blocks_before_open(const snapshot::Snapshot& snapshot,
                                                             const Segments& segments, ReplayScan* scan) {
    BlockVector<std::uint32_t> in_use;
    for_each_block_in_use(snapshot, segments,
                          [&](std::uint32_t index, const Block&) { in_use.push_back(index); });
    const std::vector<std::int64_t> open = scan == nullptr ? std::vector<std::int64_t>{} : scan->open_sizes();
    if (open.size() > in_use.size()) return std::nullopt;
    const std::size_t older = in_use.size() - open.size();
    for (std::size_t i = 0; i < open.size(); ++i) {
        if (snapshot.blocks[in_use[older + i]].requested != open[i]) return std::nullopt;
    }
    in_use.resize(older);
    return in_use;
}

bool has_list_of_segments(const snapshot::Snapshot& snapshot, std::int64_t device) {
    return device == k_host_device ? snapshot.has_host_segments : snapshot.has_segments;
}

}  // namespace

BlockVector<std::uint32_t> find_kept_blocks(const snapshot::Snapshot& snapshot, const Segments& segments,
                                            ReplayScan* scan, AnomalyTally& anomalies) {
    if (snapshot.made_by_profile_plot) {
        if (auto older = blocks_before_open(snapshot, segments, scan)) return *std::move(older);
    }
    BlockMatcher matcher(snapshot.event_tables, scan, anomalies);
    for_each_block_in_use(snapshot, segments,
                          [&](std::uint32_t index, const Block& block) { matcher.add(index, block); });
    if (std::ranges::any_of(segments, &snapshot::Segment::has_blocks)) matcher.count_unconfirmed();
    return matcher.take();
}

ReservedCurve find_reserved_curve(const snapshot::Snapshot& snapshot, const SegmentsByDevice& segments,
                                  std::int64_t device, const snapshot::DeviceTrace* trace,
                                  const std::vector<ShapeTraits>& traits, bool leaves_live,
                                  AnomalyTally& anomalies) {
    ReservedCurve curve;
    if (snapshot.made_by_profile_plot) return curve;
    curve.known = !segments.of(device).empty();
    std::int64_t held_at_end = 0;
    for (const snapshot::Segment* segment : segments.of(device))
        held_at_end = saturating_add(held_at_end, std::max<std::int64_t>(segment->total_size, 0));
    std::int64_t reserved = 0;
    std::int64_t released = 0;
    const std::size_t count = trace != nullptr ? trace->events.size() : 0;
    for (std::size_t event = 0; event < count; ++event) {
        const snapshot::ShapeId shape = trace->events.shape(event);
        const EventRole role = traits[shape.value()].role;
        if (role != EventRole::reserve && role != EventRole::release) continue;
        curve.known = true;
        const snapshot::EventShape& fields = snapshot.event_tables.shapes[shape.value()];
        if (!fields.has_size || fields.size <= 0) continue;
        curve.events.push_back(static_cast<std::uint32_t>(event));
        std::int64_t& sum = role == EventRole::reserve ? reserved : released;
        sum = saturating_add(sum, fields.size);
    }
    // The released bytes are added first, so that only sums of positive numbers can saturate.
    curve.start_bytes = saturating_add(held_at_end, released) - reserved;
    const bool list_says_nothing = segments.list_is_empty(device) && (leaves_live || curve.start_bytes < 0);
    curve.final_segments_known = has_list_of_segments(snapshot, device) && !list_says_nothing;
    curve.known = curve.known || curve.final_segments_known;
    if (curve.start_bytes < 0) {
        // If the final state is not known, a negative start does not prove that events are missing.
        if (curve.final_segments_known) anomalies.count(snapshot::Anomaly::negative_reserved_start);
        curve.start_bytes = 0;
    }
    return curve;
}

}  // namespace snapq::timeline
