#include "convert/device_timeline.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "snapq/support/error.hpp"
#include "snapq/support/search.hpp"

namespace snapq::convert {

DeviceTimeline::DeviceTimeline(const snapshot::Snapshot& snapshot, std::int64_t device,
                               timeline::Preexisting preexisting, timeline::PointLimit points)
    : replay(timeline::replay_device(snapshot, device, preexisting)),
      tables(timeline::tabulate(snapshot, replay)),
      skyline(snapshot, replay, points) {
    fill_timesteps();
}

// The peak is reached when its alloc starts an element, which is later than the start of the event where the
// alloc first closes an element that was still open at its address.
std::optional<std::int64_t> DeviceTimeline::peak_timestep() const {
    if (tables.figures.peak_event < 0) return std::nullopt;
    const auto event = static_cast<std::uint32_t>(tables.figures.peak_event);
    const auto& elements = replay.elements;
    const std::uint32_t found =
        first_not_before(elements.preexisting_count(), elements.size(),
                         [&](std::uint32_t idx) { return elements.source[idx] < event; });
    const bool starts_one = found < elements.size() && elements.source[found] == event;
    return starts_one ? skyline.start_step(found) : skyline.step_of_event(event);
}

// Tables know events; the animation clock belongs to the skyline.
void DeviceTimeline::fill_timesteps() {
    const auto step_of = [&](std::int64_t event) -> std::optional<std::int64_t> {
        if (event < 0) return std::nullopt;
        return skyline.step_of_event(static_cast<std::uint32_t>(event));
    };
    tables.figures.timesteps = skyline.final_step();
    tables.figures.peak_timestep = peak_timestep();
    for (timeline::TimelineRow& row : tables.timeline) row.timestep = step_of(row.event);
}

std::vector<std::unique_ptr<DeviceTimeline>> build_timelines(const snapshot::Snapshot& snapshot,
                                                             std::optional<std::int64_t> wanted,
                                                             timeline::Preexisting preexisting,
                                                             timeline::PointLimit points) {
    std::vector<std::unique_ptr<DeviceTimeline>> timelines;
    const std::vector<std::int64_t> devices = timeline::devices_of(snapshot);
    for (const std::int64_t device : devices) {
        if (wanted && device != *wanted) continue;
        timelines.push_back(std::make_unique<DeviceTimeline>(snapshot, device, preexisting, points));
    }
    if (wanted && timelines.empty()) {
        throw InputError(
            devices.empty()
                ? fmt::format("there is no device {} in this snapshot, which has none at all", *wanted)
                : fmt::format("there is no device {} in this snapshot; its devices: {}", *wanted,
                              fmt::join(devices, ", ")));
    }
    return timelines;
}

std::int64_t viewer_device(const std::vector<std::unique_ptr<DeviceTimeline>>& devices) {
    const auto traced = std::ranges::find_if(devices, [](const auto& device) {
        return device->replay.trace != nullptr && device->replay.trace->events.size() > 0;
    });
    if (traced != devices.end()) return (*traced)->replay.device;
    const auto filled =
        std::ranges::find_if(devices, [](const auto& device) { return device->replay.elements.size() > 0; });
    return filled != devices.end() ? (*filled)->replay.device : 0;
}

}  // namespace snapq::convert
