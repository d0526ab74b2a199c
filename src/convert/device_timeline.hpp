// Everything that is known of one device before anything is written.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "snapshot/model.hpp"
#include "timeline/replay/replay.hpp"
#include "timeline/stacked/stacked_timeline.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::convert {

// The stacked timeline refers to the replay, so a device stays where it was made.
struct DeviceTimeline {
    DeviceTimeline(const snapshot::Snapshot& snapshot, std::int64_t device, timeline::Preexisting preexisting,
                   timeline::PointLimit points);
    DeviceTimeline(const DeviceTimeline&) = delete;
    DeviceTimeline& operator=(const DeviceTimeline&) = delete;

    timeline::Replay replay;
    timeline::StackedTimeline stacked_timeline;
};

// The precomputed tables of a device, timesteps included. Takes a few tenths as long as replaying it, so it
// is left to the thread that builds the database while others write the timeline. Any number of threads.
[[nodiscard]] timeline::DeviceTables tabulate(const snapshot::Snapshot& snapshot,
                                              const DeviceTimeline& device);

// Of the wanted device, or of all that the snapshot has. Throws InputError when the wanted one is not there.
[[nodiscard]] std::vector<std::unique_ptr<DeviceTimeline>> build_timelines(const snapshot::Snapshot& snapshot,
                                                                           std::optional<std::int64_t> wanted,
                                                                           timeline::Preexisting preexisting,
                                                                           timeline::PointLimit points);

// The device SnapViewer shows: the first with a non-empty trace, else the first with elements, else 0.
[[nodiscard]] std::int64_t viewer_device(const std::vector<std::unique_ptr<DeviceTimeline>>& devices);

}  // namespace snapq::convert
