// Estimates the size of an archive without writing it (`--dry-run`).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "convert/converter.hpp"
#include "convert/device_timeline.hpp"
#include "snapshot/model.hpp"

namespace snapq::convert {

struct SizeEstimate {
    std::uint64_t timeline_bytes = 0;
    std::uint64_t database_bytes = 0;
    std::uint64_t archive_bytes = 0;
};

// All sizes in bytes. The timeline is estimated from a sample of its shards, which is rendered and
// compressed, and the database from the numbers of its rows.
[[nodiscard]] SizeEstimate estimate_sizes(const snapshot::Snapshot& snapshot,
                                          const std::vector<std::unique_ptr<DeviceTimeline>>& devices,
                                          const ConvertOptions& options);

}  // namespace snapq::convert
