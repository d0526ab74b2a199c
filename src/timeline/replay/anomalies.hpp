// Counts what does not fit while a device is replayed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "snapshot/model.hpp"

namespace snapq::timeline {

class AnomalyTally {
public:
    // `event`: the event of the trace that shows it, where there is one. The smallest is kept.
    void count(snapshot::Anomaly kind, std::optional<std::uint32_t> event = std::nullopt);

    // Those that occurred, in the order of the enumeration.
    [[nodiscard]] std::vector<snapshot::AnomalyCount> counts(std::int64_t device) const;

private:
    struct Entry {
        std::int64_t count = 0;
        std::optional<std::uint32_t> first_event;
    };
    std::array<Entry, snapshot::k_anomaly_names.size()> m_entries;
};

}  // namespace snapq::timeline
