#include "timeline/replay/segments_by_device.hpp"

#include "support/devices.hpp"

namespace snapq::timeline {

SegmentsByDevice::SegmentsByDevice(const snapshot::Snapshot& snapshot) {
    for (const snapshot::Segment& segment : snapshot.segments) {
        m_segments[segment.device].push_back(&segment);
        if (m_default_pool.is_none() && !segment.pool.is_none() &&
            snapshot.symbols.text(segment.pool) == k_default_pool)
            m_default_pool = segment.pool;
    }
}

const SegmentsByDevice::Segments& SegmentsByDevice::of(std::int64_t device) const {
    static const Segments k_no_segments;
    const auto found = m_segments.find(device);
    return found == m_segments.end() ? k_no_segments : found->second;
}

bool SegmentsByDevice::list_is_empty(std::int64_t device) const {
    const bool host_has_some = m_segments.contains(k_host_device);
    return device == k_host_device ? !host_has_some : m_segments.size() == (host_has_some ? 1 : 0);
}

}  // namespace snapq::timeline
