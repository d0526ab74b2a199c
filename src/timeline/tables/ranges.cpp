#include "timeline/tables/ranges.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace snapq::timeline {
namespace {

bool may_be_one_segment(const AddressRanges::Range& a, const AddressRanges::Range& b) {
    const bool same_pool = a.pool.is_none() || b.pool.is_none() || a.pool == b.pool;
    const bool same_type = !a.small || !b.small || a.small == b.small;
    return a.expandable && b.expandable && a.stream == b.stream && same_pool && same_type;
}

}  // namespace

bool AddressRanges::insert(std::uint64_t address, const Range& range) {
    if (range.size == 0) return true;
    if (range.size > std::numeric_limits<std::uint64_t>::max() - address) return false;
    if (m_ranges.size() >= k_max_ranges) return false;
    const auto next = m_ranges.lower_bound(address);
    if (next != m_ranges.end() && next->first - address < range.size) return false;
    if (next != m_ranges.begin()) {
        const auto before = std::prev(next);
        if (address - before->first < before->second.size) return false;
    }
    m_ranges.emplace_hint(next, address, range);
    return true;
}

bool AddressRanges::insert_joined(std::uint64_t address, const Range& range) {
    if (!insert(address, range)) return false;
    const auto at = m_ranges.find(address);
    if (at == m_ranges.end()) return true;  // it was empty
    join_with_next(at);
    if (at != m_ranges.begin()) join_with_next(std::prev(at));
    return true;
}

void AddressRanges::join_with_next(Map::iterator at) {
    const auto next = std::next(at);
    if (next == m_ranges.end() || next->first - at->first != at->second.size) return;
    if (!may_be_one_segment(at->second, next->second)) return;
    at->second.size += next->second.size;
    if (at->second.pool.is_none()) at->second.pool = next->second.pool;
    if (!at->second.small) at->second.small = next->second.small;
    m_ranges.erase(next);
}

bool AddressRanges::remove(std::uint64_t address, std::uint64_t size) {
    while (size > 0) {
        auto at = m_ranges.upper_bound(address);
        if (at == m_ranges.begin()) return false;
        --at;
        const std::uint64_t skipped = address - at->first;
        if (skipped >= at->second.size) return false;
        const std::uint64_t removed = std::min(size, at->second.size - skipped);
        const std::uint64_t rest = at->second.size - skipped - removed;
        if (rest > 0) {
            Range behind = at->second;
            behind.size = rest;
            m_ranges.emplace(address + removed, behind);
        }
        if (skipped > 0) {
            at->second.size = skipped;
        } else {
            m_ranges.erase(at);
        }
        address += removed;
        size -= removed;
    }
    return true;
}

}  // namespace snapq::timeline
