#include "render/summary_parts.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

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

std::string unprepared_parts_words(const report::DeviceSummary& device) {
    const bool can_be_known =
        device.figures.has_trace && device.figures.peak_reserved_bytes && device.at_event;
    if (device.fragmentation || !can_be_known) return {};
    return fmt::format(
        "the parts of the reserved bytes are not prepared for this moment: 'snapq query ARCHIVE --named "
        "fragmentation "
        "--param at=event:{} --param device={}' computes them",
        *device.at_event, device.figures.device);
}

std::string step_words(const report::DeviceSummary& device) {
    // A period may repeat with the layers of a model, not with steps.
    if (!device.steps || device.steps->count < 2 || device.steps->basis == "period") return {};
    const report::StepSummary& steps = *device.steps;
    const std::pair<std::string, std::int64_t> peaks[] = {
        {"first", steps.first.peak_bytes},
        {"typical", steps.typical.peak_bytes},
        {fmt::format("largest: step:{}", steps.largest.step), steps.largest.peak_bytes},
        {"last", steps.last.peak_bytes}};
    std::string text = fmt::format("{}, peaks ", format_count(steps.count));
    for (std::size_t i = 0; i < std::size(peaks); ++i) {
        const bool is_new = i == 0 || peaks[i].second != peaks[i - 1].second;
        if (is_new) text += fmt::format("{}{} (", i == 0 ? "" : "), ", format_size(peaks[i].second));
        text += (is_new ? "" : ", ") + peaks[i].first;
    }
    return text + ")";
}

UntrustedText category_words(const report::DeviceSummary& device) {
    constexpr std::size_t k_most = 5;
    constexpr std::int64_t k_least_share = 100;  // a category below 1/100 of the whole is not named
    const bool is_known =
        device.category_basis != "none" && !device.categories.empty() && device.live_bytes > 0;
    if (!is_known) return {};
    std::string text;
    std::size_t shown = 0;
    std::int64_t others = 0;
    bool any_unknown = false;
    for (const report::CategoryBytes& category : device.categories) {
        any_unknown |= category.category == "unknown";
        if (shown == k_most || (shown > 0 && category.bytes < device.live_bytes / k_least_share)) {
            others = saturating_add(others, category.bytes);
            continue;
        }
        ++shown;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ",
                            share_words(category.bytes, device.live_bytes), category.category.raw());
    }
    constexpr std::int64_t k_visible_share = 1000;
    if (others >= device.live_bytes / k_visible_share && others > 0)
        text += fmt::format(", {} others", share_words(others, device.live_bytes));
    if (any_unknown && device.category_basis == "alloc_stack")
        text += " (frees were recorded without stacks)";
    return device.at == "peak" ? text : fmt::format("{} (at {})", text, moment_words(device));
}

}  // namespace snapq::render
