#include "render/summary_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "render/escape.hpp"
#include "support/numbers.hpp"

namespace snapq::render {

std::string reason_words(const report::HeldMemory& before, const report::HeldMemory& after) {
    const std::string_view reason = report::change_reason(before, after);
    if (reason.empty() || before.count == after.count) return std::string(reason);
    if (!report::is_about_size(reason)) {
        return fmt::format("{} ({} against {})", reason, format_count(after.count),
                           format_count(before.count));
    }
    return fmt::format("{} (mean {} → {})", reason, format_size(before.bytes / before.count),
                       format_size(after.bytes / after.count));
}

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

namespace {

using report::OomReport;
using report::UnusableMemory;

constexpr std::size_t k_most_reasons = 4;

std::string_view words_of_lack(std::string_view lack) {
    if (lack == "size") return "the event does not say how much was asked for";
    if (lack == "device_free") return "the event does not say how much the driver had free";
    if (lack == "segments") return "the file does not have the segments of this device";
    if (lack == "segment_events")
        return "the trace has no segment events, so the segments of that time are not known";
    if (lack == "layout") return "the segments of that time contradict the allocations";
    if (lack == "detail") return "only the first OOMs of a device are examined";
    if (lack == "version") return "an older version of snapq made this archive; convert the snapshot again";
    return "the archive does not have it";
}

bool is_default_pool(const std::optional<UntrustedText>& pool) {
    return !pool || *pool == "0,0";
}

std::string pool_words(const std::optional<UntrustedText>& pool) {
    return is_default_pool(pool) ? "the default pool" : fmt::format("private pool {}", pool->raw());
}

std::string why_unusable(const OomReport& oom, const UnusableMemory& memory) {
    if (memory.reason == "pool") return fmt::format("is free in {}", pool_words(memory.pool));
    if (memory.reason == "stream")
        return fmt::format("is free, but kept for {}", memory.stream_label.value_or("another stream").raw());
    if (memory.reason == "size_class") {
        constexpr std::int64_t k_largest_small_request = 1 << 20;
        return oom.asked_bytes.value_or(0) > k_largest_small_request
                   ? "is free in segments for requests of at most 1 MiB"
                   : "is free in segments for requests above 1 MiB";
    }
    if (memory.reason == "max_split_size")
        return "is free in blocks that max_split_size does not let be used";
    if (memory.reason == "rest_of_block") return "is the rest of blocks in use";
    if (memory.reason == "pending") return "was freed, but waits for another stream";
    return fmt::format("is not usable ({})", memory.reason);
}

// The free memory in all segments, whether this request could use it or not.
std::int64_t free_bytes(const OomReport& oom) {
    std::int64_t bytes = oom.usable_bytes.value_or(0);
    for (const UnusableMemory& memory : oom.unusable) {
        if (memory.reason != "pending" && memory.reason != "rest_of_block")
            bytes = saturating_add(bytes, memory.bytes);
    }
    return bytes;
}

std::string enough_words(const OomReport& oom) {
    if (oom.had_usable_block()) {
        return fmt::format(
            "by this estimate a free piece of {} was large enough: a limit said no, or blocks were larger "
            "than "
            "their requests",
            size_words(oom.usable_largest_bytes));
    }
    const bool has_device_memory = oom.device_free_bytes.value_or(0) > 0;
    return fmt::format(
        "it would have fit without fragmentation: {}{} in segments that it could use, in pieces of at most "
        "{}",
        has_device_memory ? format_size(*oom.device_free_bytes) + " was free on the device and " : "",
        size_words(oom.usable_bytes) + (has_device_memory ? "" : " was free"),
        size_words(oom.usable_largest_bytes));
}

std::string too_little_words(const OomReport& oom) {
    std::string text = "it would not have fit even without fragmentation: ";
    const std::int64_t usable = oom.usable_bytes.value_or(0);
    const std::int64_t free = free_bytes(oom);
    if (free == usable) return text + "the memory was in use";
    if (usable == 0)
        return text + fmt::format("{} was free, but nothing of it for this request", format_size(free));
    return text + fmt::format("of {} that was free, only {} was for this request", format_size(free),
                              format_size(usable));
}

std::string driver_words(const OomReport& oom) {
    if (oom.segment_bytes > oom.device_free_bytes) {
        return fmt::format("the driver had {} free, but it is asked for a whole segment, which is {} here",
                           size_words(oom.device_free_bytes), size_words(oom.segment_bytes));
    }
    return "the driver had enough free memory: a limit of the process or of the allocator said no";
}

}  // namespace

UntrustedText fit_words(const OomReport& oom) {
    if (oom.short_bytes == 0) return driver_words(oom);
    if (!oom.fits_without_fragmentation) return fmt::format("unknown: {}", words_of_lack(oom.verdict_lacks));
    return *oom.fits_without_fragmentation ? enough_words(oom) : too_little_words(oom);
}

UntrustedText usable_words(const OomReport& oom) {
    if (!oom.usable_bytes) return {};
    std::string text = size_words(oom.usable_bytes);
    if (*oom.usable_bytes > 0)
        text += fmt::format(", in pieces of at most {}", size_words(oom.usable_largest_bytes));
    std::string whose;
    if (oom.pool) whose = fmt::format("pool {}{}", oom.pool->raw(), oom.pool_inferred ? " (inferred)" : "");
    if (oom.stream_label) whose += (whose.empty() ? "" : ", ") + oom.stream_label->raw();
    return whose.empty() ? text : fmt::format("{}; asked for in {}", text, whose);
}

UntrustedText unusable_words(const OomReport& oom) {
    std::string text;
    const std::size_t shown = std::min(oom.unusable.size(), k_most_reasons);
    for (std::size_t i = 0; i < shown; ++i) {
        if (i > 0) text += "; ";
        text += fmt::format("{} {}", format_size(oom.unusable[i].bytes), why_unusable(oom, oom.unusable[i]));
    }
    if (oom.unusable.size() == shown) return text;
    std::int64_t rest = 0;
    for (std::size_t i = shown; i < oom.unusable.size(); ++i)
        rest = saturating_add(rest, oom.unusable[i].bytes);
    return text + fmt::format("; {} for other reasons", format_size(rest));
}

namespace {

// The last `parts` parts of a path.
std::string_view end_of(std::string_view path, std::size_t parts) {
    std::size_t begin = path.size();
    for (std::size_t i = 0; i < parts && begin > 0; ++i) {
        const std::size_t slash = path.rfind('/', begin - 1);
        if (slash == std::string_view::npos) return path;
        begin = slash;
    }
    return path.substr(std::min(begin + 1, path.size()));
}

std::size_t count_different(const std::vector<UntrustedText>& paths, std::size_t parts) {
    std::unordered_set<std::string_view> ends;
    for (const UntrustedText& path : paths) ends.insert(end_of(path.raw(), parts));
    return ends.size();
}

}  // namespace

std::vector<UntrustedText> shortest_names(const std::vector<UntrustedText>& paths) {
    std::size_t most_parts = 1;
    for (const UntrustedText& path : paths)
        most_parts = std::max(most_parts, static_cast<std::size_t>(std::ranges::count(path.raw(), '/')) + 1);
    const std::size_t different = count_different(paths, most_parts);
    std::size_t parts = 1;
    while (parts < most_parts && count_different(paths, parts) < different) ++parts;
    std::vector<UntrustedText> names;
    names.reserve(paths.size());
    for (const UntrustedText& path : paths) names.emplace_back(end_of(path.raw(), parts));
    return names;
}

}  // namespace snapq::render
