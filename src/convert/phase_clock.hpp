// Measures the phases of a conversion.
#pragma once

#include <string>
#include <vector>

#include "convert/report.hpp"
#include "support/process_usage.hpp"

namespace snapq::convert {

class PhaseClock {
public:
    PhaseClock() : m_start(process_usage()) {}

    // Ends the phase that began with the one before (or with the clock).
    void end_phase(std::string name, std::uint64_t bytes_in, std::uint64_t bytes_out);
    [[nodiscard]] std::vector<PhaseReport> take() { return std::move(m_phases); }

private:
    ProcessUsage m_start;
    std::vector<PhaseReport> m_phases;
};

}  // namespace snapq::convert
