// How large an archive would be, without writing it (`--dry-run`).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "convert/device_timeline.hpp"
#include "convert/options.hpp"
#include "snapshot/model.hpp"

namespace snapq::convert {

struct SizeEstimate {
    std::uint64_t timeline_bytes = 0;
    std::uint64_t database_bytes = 0;
    std::uint64_t archive_bytes = 0;
};

// The timeline from a sample of its shards, rendered and compressed for real; the database from its numbers
// of rows.
[[nodiscard]] SizeEstimate estimate_sizes(const snapshot::Snapshot& snapshot,
                                          const std::vector<std::unique_ptr<DeviceTimeline>>& devices,
                                          const ConvertOptions& options);

}  // namespace snapq::convert
