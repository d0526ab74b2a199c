#include "convert/device_timeline.hpp"

#include <fmt/format.h>

#include <array>
#include <map>

#include "support/devices.hpp"
#include "support/sizes.hpp"

namespace snapq::convert {
namespace {

using snapshot::Anomaly;

struct Sentence {
    std::string_view one;   // for a count of 1
    std::string_view many;  // `{}` is the count
};

// In the order of snapshot::Anomaly.
constexpr std::array<Sentence, snapshot::k_anomaly_names.size()> k_sentences{{
    {"1 free matches no allocation of the trace", "{} frees match no allocation of the trace"},
    {"1 allocation uses an address that was still in use",
     "{} allocations use an address that was still in use"},
    {"1 free was requested but its completion is missing",
     "{} frees were requested but their completion is missing"},
    {"1 allocation is live at the end but not in the final segments",
     "{} allocations are live at the end but not in the final segments"},
    {"1 block is in use at the end but was freed in the trace",
     "{} blocks are in use at the end but were freed in the trace"},
    {"the segment events reserve more than is released or held at the end: some events are missing",
     "the segment events reserve more than is released or held at the end: some events are missing"},
    {"1 trace entry has an unknown action; it is kept in other_events",
     "{} trace entries have an unknown action; they are kept in other_events"},
    {"1 text is not valid UTF-8 or is longer than 1 MiB; it was repaired or cut",
     "{} texts are not valid UTF-8 or are longer than 1 MiB; they were repaired or cut"},
    {"1 value of an unknown key could not be kept", "{} values of unknown keys could not be kept"},
    {"1 byte of the input is not part of the snapshot: it belongs to another pickle, or follows its end",
     "{} bytes of the input are not part of the snapshot: they are other pickles, or follow its end"},
    {"1 text was cut: the input repeats its texts so often that the archive would be many times larger",
     "{} texts were cut: the input repeats its texts so often that the archive would be many times larger"},
}};

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
    for (const auto& [kind, count] : counts) {
        const Sentence& sentence = k_sentences[static_cast<std::size_t>(kind)];
        warnings.push_back(
            fmt::format(fmt::runtime(count == 1 ? sentence.one : sentence.many), format_count(count)));
    }
    if (preexisting == timeline::Preexisting::freed) {
        warnings.emplace_back(
            "--preexisting freed leaves out memory that was live before recording and never freed");
    }
    return warnings;
}

}  // namespace snapq::convert
