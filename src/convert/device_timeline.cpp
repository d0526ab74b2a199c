#include "convert/device_timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "report/archive_report.hpp"
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

// Divides the limit of points among the devices.
class PointShares {
public:
    PointShares(const snapshot::Snapshot& snapshot, timeline::PointLimit points, std::uint64_t input_bytes)
        : m_points(points) {
        m_points.allowance = std::max(points.allowance, input_bytes / k_bytes_a_point);
        for (const snapshot::DeviceTrace& trace : snapshot.traces) {
            m_events[trace.device] += trace.events.size();
            m_all_events += trace.events.size();
        }
    }

    [[nodiscard]] timeline::PointLimit of(std::int64_t device) const {
        timeline::PointLimit points = m_points;
        const auto events = m_events.find(device);
        // Without events nothing is freed, and each element has two points.
        if (events == m_events.end() || m_all_events == 0) return points;
        const double share = static_cast<double>(events->second) / static_cast<double>(m_all_events);
        points.allowance = static_cast<std::uint64_t>(static_cast<double>(m_points.allowance) * share);
        return points;
    }

private:
    static constexpr std::uint64_t k_bytes_a_point = 2;

    timeline::PointLimit m_points;
    std::map<std::int64_t, std::uint64_t> m_events;
    std::uint64_t m_all_events = 0;
};

}  // namespace

DeviceTimeline::DeviceTimeline(const snapshot::Snapshot& snapshot, timeline::Replay replay_of_device,
                               timeline::PointLimit points)
    : replay(std::move(replay_of_device)), stacked_timeline(snapshot, replay, points) {}

// The tables contain the events; this function adds the timesteps, which only the stacked timeline contains.
timeline::DeviceTables tabulate(const snapshot::Snapshot& snapshot, const frames::StackPhases& phases,
                                const DeviceTimeline& device) {
    const StackedTimeline& stacked_timeline = device.stacked_timeline;
    timeline::DeviceTables tables = timeline::tabulate(snapshot, phases, device.replay);
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
                                                             timeline::PointLimit points,
                                                             std::uint64_t input_bytes) {
    std::vector<std::unique_ptr<DeviceTimeline>> timelines;
    const PointShares shares(snapshot, points, input_bytes);
    const timeline::SegmentsByDevice segments(snapshot);
    const std::vector<std::int64_t> devices = timeline::devices_of(snapshot);
    for (const std::int64_t device : devices) {
        if (wanted && device != *wanted) continue;
        timelines.push_back(std::make_unique<DeviceTimeline>(
            snapshot, timeline::replay_device(snapshot, segments, device, preexisting), shares.of(device)));
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

namespace {

using snapshot::Anomaly;

void add_anomalies(const std::vector<snapshot::AnomalyCount>& anomalies,
                   std::map<Anomaly, std::int64_t>& counts) {
    for (const snapshot::AnomalyCount& anomaly : anomalies) counts[anomaly.kind] += anomaly.count;
}

void add_thinned(const DeviceTimeline& device, std::vector<UntrustedText>& warnings) {
    if (device.stacked_timeline.exact()) return;
    warnings.emplace_back(fmt::format(
        "{}: the exact timeline has {} points; elements with more than {} points were thinned out "
        "(--max-points 0 keeps all)",
        device_label(device.replay.device),
        format_count(static_cast<std::int64_t>(device.stacked_timeline.exact_point_count())),
        device.stacked_timeline.limit_in_force()));
}

}  // namespace

std::vector<UntrustedText> warnings_of(const snapshot::Snapshot& snapshot,
                                       const std::vector<std::unique_ptr<DeviceTimeline>>& devices,
                                       timeline::Preexisting preexisting, std::int64_t cut_texts) {
    std::vector<UntrustedText> warnings;
    std::map<Anomaly, std::int64_t> counts;
    add_anomalies(snapshot.anomalies, counts);
    for (const auto& device : devices) {
        add_anomalies(device->replay.anomalies, counts);
        add_thinned(*device, warnings);
    }
    if (cut_texts > 0) counts[Anomaly::cut_text] += cut_texts;
    for (const auto& [kind, count] : counts)
        warnings.emplace_back(
            report::anomaly_text(snapshot::k_anomaly_names[static_cast<std::size_t>(kind)], count));
    if (preexisting == timeline::Preexisting::freed) {
        warnings.emplace_back(
            "--preexisting freed leaves out memory that was live before recording and never freed");
    }
    return warnings;
}

}  // namespace snapq::convert
