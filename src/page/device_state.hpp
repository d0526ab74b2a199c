// The parts of a device that the conversion prepared: its curve, moments, steps, spans and segments.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "page/device_block.hpp"

namespace snapq::page {

// A moment that has a name, and what is live at it.
struct NamedMoment {
    std::string name;  // as --at takes it
    std::int64_t event = -1;
    std::int64_t live_bytes = 0;
    report::MaybeInteger live_count{};
};

// Without their sums. At most k_most_step_moments steps.
[[nodiscard]] std::vector<NamedMoment> named_moments(archive::Database& database,
                                                     const report::DeviceFigures& figures);

// Adds up what is live at the moments.
class MomentSums {
public:
    explicit MomentSums(std::vector<NamedMoment>& moments);
    void add(const AllocationRow& row);
    // Writes the sums into the moments.
    void finish();

private:
    struct Change {
        std::int64_t event = -1;
        std::int64_t bytes = 0;  // that begin to be live at this moment and not at the one before
        std::int64_t count = 0;
    };

    std::vector<NamedMoment>& m_moments;
    std::vector<Change> m_changes;  // one for each different event, and one behind them
};

// The sums that the conversion stored, without reading allocations. Of steps it stored the bytes only.
void add_prepared_sums(archive::Database& database, std::int64_t device, std::vector<NamedMoment>& moments);

void write_moments(json::JsonWriter& to, const std::vector<NamedMoment>& moments);
// Each writes one member of the device, or several that belong together.
void write_curve(const DeviceContext& context, std::int64_t device, const DeviceOptions& options);
void write_steps(const DeviceContext& context, std::int64_t device);
void write_spans(const DeviceContext& context, std::int64_t device);
void write_segments(const DeviceContext& context, std::int64_t device, const std::string& prefix);
void write_live_at_peak(const DeviceContext& context, std::int64_t device);

}  // namespace snapq::page
