#include "analysis/diff/match.hpp"

#include <utility>

namespace snapq::analysis {

using report::DiffRow;

const RowSide* RowMatcher::Pair::unmatched_side() const {
    if (!live() || base.present == newer.present) return nullptr;
    return base.present ? &base : &newer;
}

void RowMatcher::add_base(SidePart&& part) {
    add(std::move(part), &Pair::base);
}

void RowMatcher::add_new(SidePart&& part) {
    add(std::move(part), &Pair::newer);
}

void RowMatcher::add(SidePart&& part, RowSide Pair::*side) {
    Pair& pair = m_pairs[part.key];
    pair.fallback = std::move(part.fallback);
    (pair.*side).add(std::move(part));
}

std::map<std::string, RowMatcher::Unmatched> RowMatcher::unmatched() {
    std::map<std::string, Unmatched> groups;
    for (auto at = m_pairs.begin(); at != m_pairs.end(); ++at) {
        const RowSide* side = at->second.unmatched_side();
        if (side == nullptr || at->second.fallback.empty()) continue;
        Unmatched& group = groups[at->second.fallback];
        (side == &at->second.base ? group.base : group.newer).push_back(at);
    }
    return groups;
}

// Removes the unmatched keys of one fallback and makes them one row.
DiffRow RowMatcher::join(const std::string& fallback, const Unmatched& group) {
    const bool single = group.base.size() == 1 && group.newer.size() == 1;
    const std::string key = single ? group.newer[0]->first : fallback + " [changed callers]";
    Pair joint;
    for (const auto& at : group.base) joint.base.add(std::move(at->second.base));
    for (const auto& at : group.newer) joint.newer.add(std::move(at->second.newer));
    for (const auto& at : group.base) m_pairs.erase(at);
    for (const auto& at : group.newer) m_pairs.erase(at);
    return make_row(key, std::move(joint.base), std::move(joint.newer));
}

std::vector<DiffRow> RowMatcher::take() {
    std::vector<DiffRow> rows;
    for (const auto& [fallback, group] : unmatched()) {
        if (!group.base.empty() && !group.newer.empty()) rows.push_back(join(fallback, group));
    }
    for (auto& [key, pair] : m_pairs) {
        if (pair.live()) rows.push_back(make_row(key, std::move(pair.base), std::move(pair.newer)));
    }
    m_pairs.clear();
    return rows;
}

}  // namespace snapq::analysis
