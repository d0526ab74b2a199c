#include "render/summary_parts.hpp"

#include <fmt/format.h>

#include "render/escape.hpp"
#include "support/numbers.hpp"
#include "support/sizes.hpp"

namespace snapq::render {

std::string size_words(report::MaybeInteger bytes) {
    return bytes ? format_size(*bytes) : "unknown";
}

std::string share_words(std::int64_t part, std::int64_t whole) {
    if (whole == 0) return {};
    return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string time_words(report::MaybeInteger time_us, report::MaybeInteger first_time_us) {
    if (!time_us || !first_time_us) return {};
    const double ms = static_cast<double>(saturating_subtract(*time_us, *first_time_us)) / 1000.0;
    constexpr double k_many_ms = 1000.0;
    if (ms >= k_many_ms) return fmt::format("+{:.2f} s", ms / 1000.0);
    return fmt::format("+{:.{}f} ms", ms, ms < 100 ? 1 : 0);
}

std::string moment_words(const report::DeviceSummary& device) {
    const UntrustedText& moment = device.at;
    if (!device.figures.has_trace) return "the dump";
    const std::string within = device.window.empty() ? "" : " within " + printable(device.window);
    if (moment == "reserved-peak") return "the peak of reserved bytes" + within;
    if (moment == "peak") return "the peak" + within;
    if (moment == "start" || moment == "end") return "the " + moment.raw();
    return printable(moment);
}

std::string when_words(const report::DeviceFigures& figures) {
    if (!figures.peak_event) {
        return figures.peak_timestep ? fmt::format("timestep {}", format_count(*figures.peak_timestep))
                                     : "an unknown time";
    }
    if (*figures.peak_event < 0) return "before the first event";
    const std::string time = time_words(figures.peak_time_us, figures.first_time_us);
    return fmt::format("event {}{}{}", format_count(*figures.peak_event), time.empty() ? "" : ", ", time);
}

UntrustedText site_words(const report::Key& key) {
    if (!key.op || !key.file) return key.label;
    return fmt::format("{} ({})", key.label.raw(), key.op->raw());
}

}  // namespace snapq::render
