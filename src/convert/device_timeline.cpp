#include "convert/device_timeline.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "support/devices.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::convert {

namespace {

using timeline::StackedTimeline;

// The timestep at which the alloc of the peak event starts an element. It is later than the first step of the
// event if the alloc also ends an element that was still live at its address.
std::optional<std::int64_t> step_of_peak(const timeline::Elements& elements,
                                         const StackedTimeline& stacked_timeline, std::int64_t peak_event) {
    if (peak_event < 0) return std::nullopt;
    const auto event = static_cast<std::uint32_t>(peak_event);
    const std::uint32_t idx = first_not_before(elements.preexisting_count(), elements.size(),
                                               [&](std::uint32_t at) { return elements.source[at] < event; });
    const bool starts_one = idx < elements.size() && elements.source[idx] == event;
    return starts_one ? stacked_timeline.start_step(idx) : stacked_timeline.step_of_event(event);
}

}  // namespace

DeviceTimeline::DeviceTimeline(const snapshot::Snapshot& snapshot, std::int64_t device,
                               timeline::Preexisting preexisting, timeline::PointLimit points)
    : replay(timeline::replay_device(snapshot, device, preexisting)),
      stacked_timeline(snapshot, replay, points) {}

// The tables contain the events; this function adds the timesteps, which only the stacked timeline contains.
timeline::DeviceTables tabulate(const snapshot::Snapshot& snapshot, const DeviceTimeline& device) {
    const StackedTimeline& stacked_timeline = device.stacked_timeline;
    timeline::DeviceTables tables = timeline::tabulate(snapshot, device.replay);
    tables.figures.timesteps = stacked_timeline.final_step();
    tables.figures.peak_timestep =
        step_of_peak(device.replay.elements, stacked_timeline, *tables.figures.peak_event);
    for (timeline::TimelineRow& row : tables.timeline) {
        if (row.event >= 0)
            row.timestep = stacked_timeline.step_of_event(static_cast<std::uint32_t>(row.event));
    }
    return tables;
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
        throw InputError(devices.empty()
                             ? fmt::format("there is no device {} in this snapshot, which has no devices",
                                           device_name(*wanted))
                             : fmt::format("there is no device {} in this snapshot; its devices: {}",
                                           device_name(*wanted), fmt::join(device_names(devices), ", ")));
    }
    return timelines;
}

std::int64_t viewer_device(const std::vector<std::unique_ptr<DeviceTimeline>>& devices) {
    const auto with_trace = std::ranges::find_if(devices, [](const auto& device) {
        return device->replay.trace != nullptr && device->replay.trace->events.size() > 0;
    });
    if (with_trace != devices.end()) return (*with_trace)->replay.device;
    const auto with_elements =
        std::ranges::find_if(devices, [](const auto& device) { return device->replay.elements.size() > 0; });
    return with_elements != devices.end() ? (*with_elements)->replay.device : 0;
}

}  // namespace snapq::convert
