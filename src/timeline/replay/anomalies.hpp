// Counts the anomalies that are found while a device is replayed.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "snapshot/model.hpp"

namespace snapq::timeline {

class AnomalyTally {
public:
    // `event`: the event of the trace that shows the anomaly, if there is one. The smallest is kept.
    void count(snapshot::Anomaly kind, std::optional<std::uint32_t> event = std::nullopt) {
        Entry& entry = m_entries[static_cast<std::size_t>(kind)];
        ++entry.count;
        if (event) entry.first_event = std::min(*event, entry.first_event.value_or(*event));
    }

    // The anomalies that occurred, in the order of the enumeration.
    [[nodiscard]] std::vector<snapshot::AnomalyCount> counts(std::int64_t device) const {
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

private:
    struct Entry {
        std::int64_t count = 0;
        std::optional<std::uint32_t> first_event;
    };
    std::array<Entry, snapshot::k_anomaly_names.size()> m_entries;
};

}  // namespace snapq::timeline
