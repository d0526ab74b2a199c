#include "convert/phase_clock.hpp"

#include <utility>

namespace snapq::convert {

void PhaseClock::end_phase(std::string name, std::uint64_t bytes_in, std::uint64_t bytes_out) {
    const ProcessUsage now = process_usage();
    m_phases.push_back({std::move(name), now.wall_seconds - m_start.wall_seconds,
                        now.cpu_seconds - m_start.cpu_seconds, bytes_in, bytes_out, now.rss_bytes,
                        now.peak_bytes});
    m_start = now;
}

}  // namespace snapq::convert
