#include "timeline/replay/anomalies.hpp"

#include <algorithm>
#include <cstddef>

namespace snapq::timeline {

void AnomalyTally::count(snapshot::Anomaly kind, std::optional<std::uint32_t> event) {
    Entry& entry = m_entries[static_cast<std::size_t>(kind)];
    ++entry.count;
    if (event) entry.first_event = std::min(*event, entry.first_event.value_or(*event));
}

std::vector<snapshot::AnomalyCount> AnomalyTally::counts(std::int64_t device) const {
    std::vector<snapshot::AnomalyCount> counts;
    for (std::size_t kind = 0; kind < m_entries.size(); ++kind) {
        const Entry& entry = m_entries[kind];
        if (entry.count == 0) continue;
        std::optional<std::int64_t> first;
        if (entry.first_event) first = *entry.first_event;
        counts.push_back({device, static_cast<snapshot::Anomaly>(kind), entry.count, first});
    }
    return counts;
}

}  // namespace snapq::timeline
