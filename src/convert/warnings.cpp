#include "convert/device_timeline.hpp"

#include <fmt/format.h>

#include <map>

#include "report/anomalies.hpp"
#include "support/devices.hpp"
#include "support/sizes.hpp"

namespace snapq::convert {
namespace {

using snapshot::Anomaly;

void add_anomalies(const std::vector<snapshot::AnomalyCount>& anomalies,
                   std::map<Anomaly, std::int64_t>& counts) {
    for (const snapshot::AnomalyCount& anomaly : anomalies) counts[anomaly.kind] += anomaly.count;
}

void add_thinned(const DeviceTimeline& device, std::vector<UntrustedText>& warnings) {
    if (device.stacked_timeline.exact()) return;
    warnings.push_back(fmt::format(
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
