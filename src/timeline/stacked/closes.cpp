#include "timeline/stacked/closes.hpp"

#include <algorithm>

#include "support/interner.hpp"

namespace snapq::timeline {
namespace {

constexpr std::int32_t k_padding = std::numeric_limits<std::int32_t>::max();

std::size_t whole_blocks(std::size_t count) {
    return (count + CloseTree::k_fan - 1) / CloseTree::k_fan * CloseTree::k_fan;
}

}  // namespace

CloseTree::CloseTree(const BlockVector<std::uint32_t>& closes)
    : m_size(static_cast<std::uint32_t>(closes.size())) {
    std::vector<std::int32_t> entries(whole_blocks(closes.size()), k_padding);
    for (std::size_t close = 0; close < closes.size(); ++close) entries[close] = bias(closes[close]);
    m_levels.push_back(std::move(entries));
    while (m_levels.back().size() > k_fan) {
        const std::vector<std::int32_t>& below = m_levels.back();
        std::vector<std::int32_t> minima(whole_blocks(below.size() / k_fan), k_padding);
        for (std::size_t block = 0; block < below.size() / k_fan; ++block) {
            const auto from = below.begin() + static_cast<std::ptrdiff_t>(block * k_fan);
            minima[block] = *std::min_element(from, from + k_fan);
        }
        m_levels.push_back(std::move(minima));
    }
}

std::uint32_t CloseTree::next_block(std::uint32_t block, std::int32_t key) const {
    std::uint32_t at = block;
    std::size_t level = 1;
    for (;; ++level) {
        if (level >= m_levels.size() || at >= m_levels[level].size()) return k_no_block;
        const std::uint32_t mask = hits(level, at / k_fan, key) & (~0U << at % k_fan);
        if (mask != 0) {
            at = at / k_fan * k_fan + static_cast<std::uint32_t>(std::countr_zero(mask));
            break;
        }
        at = at / k_fan + 1;
    }
    while (--level > 0) at = at * k_fan + static_cast<std::uint32_t>(std::countr_zero(hits(level, at, key)));
    return at;
}

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
