#include "timeline/tables/allocator_rules.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "timeline/replay/segments_by_device.hpp"

namespace snapq::timeline {
namespace {

std::int64_t rounded_up_to(std::int64_t bytes, std::int64_t unit) {
    return saturated((WideBytes{bytes} + unit - 1) / unit * unit);
}

// -1 is PyTorch's "unlimited", and so is everything else that cannot be a size.
std::int64_t split_size_of(std::string_view text) {
    std::int64_t bytes = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, bytes);
    const bool is_size = parsed.ec == std::errc() && parsed.ptr == end && bytes > 0;
    return is_size ? bytes : AllocatorSettings().max_split_size;
}

}  // namespace

AllocatorSettings allocator_settings(const snapshot::Snapshot& snapshot) {
    AllocatorSettings settings;
    for (const auto& [key, value] : snapshot.settings) {
        if (key == "max_split_size") settings.max_split_size = split_size_of(value);
        if (key == "expandable_segments") {
            settings.expandable_segments = value == "true" || value == "True" || value == "1";
        }
    }
    return settings;
}

std::int64_t new_segment_size(std::int64_t bytes, const AllocatorSettings& settings) {
    const bool is_small = is_small_request(bytes);
    if (settings.expandable_segments)
        return rounded_up_to(std::max<std::int64_t>(bytes, 1), page_size(is_small));
    if (is_small) return k_small_segment;
    return bytes < k_least_exact_segment ? k_large_segment : rounded_up_to(bytes, k_small_segment);
}

bool is_private_pool(const snapshot::Symbols& symbols, snapshot::TextId pool) {
    return !pool.is_none() && symbols.text(pool) != k_default_pool;
}

}  // namespace snapq::timeline
