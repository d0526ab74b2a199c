// The verdict of an out-of-memory report in words.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "render/summary_parts.hpp"
#include "support/numbers.hpp"
#include "support/sizes.hpp"

namespace snapq::render {
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

std::string reason_words(const OomReport& oom, const UnusableMemory& memory) {
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
        text += fmt::format("{} {}", format_size(oom.unusable[i].bytes), reason_words(oom, oom.unusable[i]));
    }
    if (oom.unusable.size() == shown) return text;
    std::int64_t rest = 0;
    for (std::size_t i = shown; i < oom.unusable.size(); ++i)
        rest = saturating_add(rest, oom.unusable[i].bytes);
    return text + fmt::format("; {} for other reasons", format_size(rest));
}

}  // namespace snapq::render
