#include "timeline/replay/blocks.hpp"

#include <optional>
#include <vector>

namespace snapq::timeline {
namespace {

using snapshot::Anomaly;
using snapshot::Block;
using AddressState = ReplayScan::AddressState;

class BlockMatcher {
public:
    BlockMatcher(const snapshot::EventTables& tables, ReplayScan* scan, AnomalyTally& anomalies)
        : m_tables(tables), m_scan(scan), m_anomalies(anomalies) {
        if (scan != nullptr) m_confirmed.resize(tables.address_count(), false);
    }

    void add(std::uint32_t index, const Block& block) {
        const AddressState place = place_of(block);
        if (place == AddressState::open || block.requested < 0) return;
        if (place == AddressState::closed) m_anomalies.count(Anomaly::block_without_alloc);
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
    AddressState place_of(const Block& block) {
        if (m_scan == nullptr) return AddressState::unseen;
        const std::optional<std::uint32_t> id = m_tables.find_address(block.address);
        if (!id) return AddressState::unseen;
        m_confirmed[*id] = true;
        return m_scan->state_of(*id);
    }

    const snapshot::EventTables& m_tables;
    ReplayScan* m_scan;
    AnomalyTally& m_anomalies;
    std::vector<bool> m_confirmed;  // by address id: a block in use is there
    BlockVector<std::uint32_t> m_kept;
};

}  // namespace

BlockVector<std::uint32_t> find_kept_blocks(const snapshot::Snapshot& snapshot, std::int64_t device,
                                            ReplayScan* scan, AnomalyTally& anomalies) {
    BlockMatcher matcher(snapshot.event_tables, scan, anomalies);
    bool has_segments = false;
    for (const snapshot::Segment& segment : snapshot.segments) {
        if (segment.device != device) continue;
        has_segments = true;
        for (std::uint32_t i = 0; i < segment.block_count; ++i) {
            const Block& block = snapshot.blocks[segment.first_block + i];
            if (block.occupied()) matcher.add(segment.first_block + i, block);
        }
    }
    if (has_segments) matcher.count_unconfirmed();
    return matcher.take();
}

}  // namespace snapq::timeline
