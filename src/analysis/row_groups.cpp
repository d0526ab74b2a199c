#include "analysis/row_groups.hpp"

#include <algorithm>
#include <utility>

#include "snapq/support/saturating.hpp"

namespace snapq::analysis {

RowGroups::Group& RowGroups::group_of(report::Key&& key, report::MaybeInteger stack_id,
                                      std::int64_t part_bytes) {
    const auto [place, is_new] = m_by_key.try_emplace(key.key, m_groups.size());
    if (is_new) m_groups.emplace_back();
    Group& group = m_groups[place->second];
    if (part_bytes > group.largest_part) {
        static_cast<report::Key&>(group.row) = std::move(key);
        group.row.stack_id = stack_id;
        group.largest_part = part_bytes;
    }
    return group;
}

void RowGroups::add(report::Key key, report::MaybeInteger stack_id, std::int64_t bytes, std::int64_t count) {
    Group& group = group_of(std::move(key), stack_id, bytes);
    group.row.bytes = saturating_add(group.row.bytes, bytes);
    group.row.count = saturating_add(group.row.count, count);
}

void RowGroups::add_maximum(report::Key key, report::MaybeInteger stack_id, std::int64_t max_bytes) {
    // A part that is not live now has no say in what the row shows, unless nothing else has.
    Group& group = group_of(std::move(key), stack_id, 0);
    group.row.max_bytes = saturating_add(group.row.max_bytes.value_or(0), max_bytes);
    group.row.max_exact = ++group.maxima == 1;
}

report::LiveRows RowGroups::take(std::int64_t device) {
    report::LiveRows result;
    result.device = device;
    result.rows.reserve(m_groups.size());
    for (Group& group : m_groups) {
        result.total_bytes = saturating_add(result.total_bytes, group.row.bytes);
        result.total_count = saturating_add(result.total_count, group.row.count);
        result.rows.push_back(std::move(group.row));
    }
    std::ranges::sort(result.rows, [](const report::LiveRow& a, const report::LiveRow& b) {
        return a.bytes != b.bytes ? a.bytes > b.bytes : a.key < b.key;
    });
    m_groups.clear();
    m_by_key.clear();
    return result;
}

}  // namespace snapq::analysis
