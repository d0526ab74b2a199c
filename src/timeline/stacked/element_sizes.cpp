#include "timeline/stacked/element_sizes.hpp"

#include "support/interner.hpp"

namespace snapq::timeline {
namespace {

std::uint64_t magnitude(std::int64_t size) {
    const auto bits = static_cast<std::uint64_t>(size);
    return size < 0 ? ~bits + 1 : bits;
}

}  // namespace

ElementSizes::ElementSizes(const ElementReader& reader, std::uint32_t element_count, const CloseTree& closes)
    : m_reader(reader), m_closes(&closes) {
    constexpr auto k_limit = static_cast<std::uint64_t>(k_safe_sum);
    std::uint64_t sum = 0;
    for (std::uint32_t idx = 0; idx < element_count && sum <= k_limit; ++idx) {
        const std::uint64_t size = magnitude(reader.size(idx));
        sum = size > k_limit ? size : sum + size;
    }
    if (sum > k_limit) m_cap = k_safe_sum / element_count;

    IdTable table;
    m_ids.reserve(closes.size());
    for (std::uint32_t close = 0; close < closes.size(); ++close) {
        const std::int64_t size = of_element(closes.idx(close));
        const auto next = static_cast<std::uint32_t>(m_values.size());
        if (next == k_unlisted) {
            m_ids.push_back(k_unlisted);
            continue;
        }
        const std::uint32_t id = table.find_or_insert(hash_mix(0, static_cast<std::uint64_t>(size)), next,
                                                      [&](std::uint32_t at) { return m_values[at] == size; });
        if (id == next) m_values.push_back(size);
        m_ids.push_back(static_cast<std::uint16_t>(id));
    }
}

}  // namespace snapq::timeline
