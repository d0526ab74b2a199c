#include "convert/device_timeline.hpp"

#include <fmt/format.h>

#include <array>
#include <map>

#include "support/sizes.hpp"

namespace snapq::convert {
namespace {

using snapshot::Anomaly;

// In the order of snapshot::Anomaly; `{}` is the count.
constexpr std::array<std::string_view, snapshot::k_anomaly_names.size()> k_sentences{
    "{} frees match no allocation of the trace",
    "{} allocations use an address that was still in use",
    "{} frees were requested but their completion is missing",
    "{} allocations are open at the end but not in the final segments",
    "{} blocks are in use at the end but were freed in the trace",
    "the segment events free more than there was: events are missing at the start of the trace",
    "{} trace entries have an unknown action; they are kept in other_events",
    "{} pieces of text are not valid UTF-8 or longer than 1 MiB; they were repaired or cut",
    "{} values of unknown keys could not be kept",
};

void add_anomalies(const std::vector<snapshot::AnomalyCount>& anomalies,
                   std::map<Anomaly, std::int64_t>& counts) {
    for (const snapshot::AnomalyCount& anomaly : anomalies) counts[anomaly.kind] += anomaly.count;
}

void add_thinned(const DeviceTimeline& device, std::vector<std::string>& warnings) {
    if (device.stacked_timeline.exact()) return;
    warnings.push_back(fmt::format(
        "device {}: the exact timeline has {} points; elements with more than {} points were thinned out "
        "(--max-points 0 keeps all)",
        device.replay.device,
        format_count(static_cast<std::int64_t>(device.stacked_timeline.exact_point_count())),
        device.stacked_timeline.limit_in_force()));
}

}  // namespace

std::vector<std::string> warnings_of(const snapshot::Snapshot& snapshot,
                                     const std::vector<std::unique_ptr<DeviceTimeline>>& devices,
                                     timeline::Preexisting preexisting) {
    std::vector<std::string> warnings;
    std::map<Anomaly, std::int64_t> counts;
    add_anomalies(snapshot.anomalies, counts);
    for (const auto& device : devices) {
        add_anomalies(device->replay.anomalies, counts);
        add_thinned(*device, warnings);
    }
    for (const auto& [kind, count] : counts) {
        warnings.push_back(
            fmt::format(fmt::runtime(k_sentences[static_cast<std::size_t>(kind)]), format_count(count)));
    }
    if (preexisting == timeline::Preexisting::freed) {
        warnings.emplace_back(
            "--preexisting freed leaves out memory that was live before recording and never freed");
    }
    return warnings;
}

}  // namespace snapq::convert
