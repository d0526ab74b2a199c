// The parts of a device that the conversion prepared: its curve, moments, steps, spans and segments.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "page/device_block.hpp"

namespace snapq::page {

// A moment that has a name, and the memory that is live then.
struct NamedMoment {
    std::string name;  // as --at takes it
    std::int64_t event = -1;
    std::int64_t live_bytes = 0;
    report::MaybeInteger live_count{};
};

// Without their sums. At most k_most_step_moments steps and k_most_oom_moments out-of-memory errors.
[[nodiscard]] std::vector<NamedMoment> named_moments(archive::Database& database,
                                                     const report::DeviceFigures& figures);

// Sums the live allocations at each of the moments.
class MomentSums {
public:
    explicit MomentSums(std::vector<NamedMoment>& moments);
    void add(const AllocationRow& row);
    // Writes the sums into the moments.
    void finish();

private:
    struct Change {
        std::int64_t event = -1;
        std::int64_t bytes = 0;  // the difference to the moment before; finish() makes it the sum
        std::int64_t count = 0;
    };

    std::vector<NamedMoment>& m_moments;
    std::vector<Change> m_changes;  // one for each different event, and one after the last
};

// Sets the sums that the conversion stored, without reading allocations. For steps, it stored only the bytes.
void add_prepared_sums(archive::Database& database, std::int64_t device, std::vector<NamedMoment>& moments);

void write_moments(json::JsonWriter& to, const std::vector<NamedMoment>& moments);
// Each writes one member of the device, or several that belong together.
void write_curve(const DeviceContext& context, std::int64_t device, const DeviceOptions& options);
void write_steps(const DeviceContext& context, std::int64_t device);
void write_spans(const DeviceContext& context, std::int64_t device);
void write_segments(const DeviceContext& context, std::int64_t device, const std::string& prefix);
void write_live_at_peak(const DeviceContext& context, std::int64_t device);

}  // namespace snapq::page
