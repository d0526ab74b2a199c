// The final segments of a snapshot by device. They are sorted once, because a file may have a thousand
// devices and each of them would have to look through all segments.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "snapshot/model.hpp"

namespace snapq::timeline {

// The text of pool_id for memory that is in no private pool, such as that of a CUDA graph.
inline constexpr std::string_view k_default_pool = "0,0";

class SegmentsByDevice {
public:
    using Segments = std::vector<const snapshot::Segment*>;

    // `snapshot` must outlive the object and what it returns.
    explicit SegmentsByDevice(const snapshot::Snapshot& snapshot);

    // In the order of the file; empty for a device that has none.
    [[nodiscard]] const Segments& of(std::int64_t device) const;

    // Whether the list that has the segments of this device is empty, for all its devices. The host has a
    // list of its own.
    [[nodiscard]] bool list_is_empty(std::int64_t device) const;

    // The default pool, if a segment of any device is in it; otherwise none, as in a file without pools.
    [[nodiscard]] snapshot::TextId default_pool() const { return m_default_pool; }

private:
    std::unordered_map<std::int64_t, Segments> m_segments;
    snapshot::TextId m_default_pool;
};

}  // namespace snapq::timeline
