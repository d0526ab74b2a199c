// The replayed events of the devices of a snapshot, with the results that are computed from them before the
// archive is written.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/model.hpp"
#include "timeline/replay/replay.hpp"
#include "timeline/stacked/stacked_timeline.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::convert {

// Cannot be moved, because the stacked timeline refers to the replay.
struct DeviceTimeline {
    // `replay_of_device` is a replay of `snapshot`, which must outlive the object.
    DeviceTimeline(const snapshot::Snapshot& snapshot, timeline::Replay replay_of_device,
                   timeline::PointLimit points);
    DeviceTimeline(const DeviceTimeline&) = delete;
    DeviceTimeline& operator=(const DeviceTimeline&) = delete;

    timeline::Replay replay;
    timeline::StackedTimeline stacked_timeline;
};

// The precomputed tables of a device, including the timesteps. Takes a few tenths of the time of the replay,
// so the thread that builds the database calls it while others write the timeline. Several threads may call
// it at once.
[[nodiscard]] timeline::DeviceTables tabulate(const snapshot::Snapshot& snapshot,
                                              const frames::StackPhases& phases,
                                              const DeviceTimeline& device);

// For device `wanted`, or for all devices of the snapshot. `input_bytes`: the unpacked bytes of the input.
// The default limit of points is for the whole input: the devices share the larger of its allowance and half
// a point for each byte of the input, in proportion to their events; in any case a device may have 64 points
// for each of its events. Throws InputError when there is no device `wanted`.
[[nodiscard]] std::vector<std::unique_ptr<DeviceTimeline>> build_timelines(const snapshot::Snapshot& snapshot,
                                                                           std::optional<std::int64_t> wanted,
                                                                           timeline::Preexisting preexisting,
                                                                           timeline::PointLimit points,
                                                                           std::uint64_t input_bytes);

// The device that SnapViewer shows: the first with a non-empty trace, otherwise the first with elements,
// otherwise device 0.
[[nodiscard]] std::int64_t viewer_device(const std::vector<std::unique_ptr<DeviceTimeline>>& devices);

// The warnings about a successful conversion: one sentence each, in a fixed order. `cut_texts`: the number of
// texts that were cut when the archive was written.
[[nodiscard]] std::vector<UntrustedText> warnings_of(
    const snapshot::Snapshot& snapshot, const std::vector<std::unique_ptr<DeviceTimeline>>& devices,
    timeline::Preexisting preexisting, std::int64_t cut_texts);

}  // namespace snapq::convert
