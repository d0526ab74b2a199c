#include "analysis/diff/match.hpp"

#include <tuple>
#include <utility>

#include "support/numbers.hpp"

namespace snapq::analysis {

using report::DiffMaximum;
using report::DiffRow;

void JointMaximum::add(const std::optional<PartMaximum>& part) {
    if (!part) {
        m_known = false;
        return;
    }
    JointMaximum single;
    single.m_sum = part->bytes;
    single.m_exact = part->exact;
    single.m_varying = !part->constant && part->bytes != 0;
    single.m_event = part->event;
    add(single);
}

void JointMaximum::add(const JointMaximum& other) {
    m_known = m_known && other.m_known;
    m_sum = saturating_add(m_sum, other.m_sum);
    m_exact = m_exact && other.m_exact;
    if (!other.m_varying) return;
    // Maxima reached at the same event can be added.
    if (m_varying && m_event != other.m_event) m_exact = false;
    m_event = other.m_event;
    m_varying = true;
}

std::optional<DiffMaximum> JointMaximum::result(std::int64_t live) const {
    if (!m_known) return std::nullopt;
    return DiffMaximum{m_sum, m_exact || live == m_sum};
}

void RowMatcher::Side::add(SidePart&& part) {
    name(std::move(part.label), part.stack_id, part.bytes);
    bytes = saturating_add(bytes, part.bytes);
    count = saturating_add(count, part.count);
    maximum.add(part.maximum);
    present = true;
}

void RowMatcher::Side::add(Side&& other) {
    if (!other.present) return;
    name(std::move(other.label), other.stack_id, other.most_bytes);
    bytes = saturating_add(bytes, other.bytes);
    count = saturating_add(count, other.count);
    maximum.add(other.maximum);
    present = true;
}

void RowMatcher::Side::name(std::string&& new_label, std::optional<std::int64_t> new_stack_id,
                            std::int64_t new_bytes) {
    if (present && new_bytes < most_bytes) return;
    if (present && new_bytes == most_bytes && std::tie(new_label, new_stack_id) >= std::tie(label, stack_id))
        return;
    label = std::move(new_label);
    stack_id = new_stack_id;
    most_bytes = new_bytes;
}

const RowMatcher::Side* RowMatcher::Pair::unmatched_side() const {
    if (!live() || base.present == newer.present) return nullptr;
    return base.present ? &base : &newer;
}

void RowMatcher::add_base(SidePart&& part) {
    add(std::move(part), &Pair::base);
}

void RowMatcher::add_new(SidePart&& part) {
    add(std::move(part), &Pair::newer);
}

void RowMatcher::add(SidePart&& part, Side Pair::*side) {
    Pair& pair = m_pairs[part.key];
    pair.fallback = std::move(part.fallback);
    (pair.*side).add(std::move(part));
}

std::map<std::string, RowMatcher::Unmatched> RowMatcher::unmatched() {
    std::map<std::string, Unmatched> groups;
    for (auto at = m_pairs.begin(); at != m_pairs.end(); ++at) {
        const Side* side = at->second.unmatched_side();
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
    return make_row(key, std::move(joint));
}

DiffRow RowMatcher::make_row(const std::string& key, Pair&& pair) {
    DiffRow row;
    row.key = key;
    row.base_bytes = pair.base.bytes;
    row.base_count = pair.base.count;
    row.base_max = pair.base.maximum.result(pair.base.bytes);
    row.new_bytes = pair.newer.bytes;
    row.new_count = pair.newer.count;
    row.new_max = pair.newer.maximum.result(pair.newer.bytes);
    row.base_stack_id = pair.base.stack_id;
    row.new_stack_id = pair.newer.stack_id;
    row.label = std::move((pair.newer.count > 0 ? pair.newer : pair.base).label);
    return row;
}

std::vector<DiffRow> RowMatcher::take() {
    std::vector<DiffRow> rows;
    for (const auto& [fallback, group] : unmatched()) {
        if (!group.base.empty() && !group.newer.empty()) rows.push_back(join(fallback, group));
    }
    for (auto& [key, pair] : m_pairs) {
        if (pair.live()) rows.push_back(make_row(key, std::move(pair)));
    }
    m_pairs.clear();
    return rows;
}

}  // namespace snapq::analysis
