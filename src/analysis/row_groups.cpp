#include "analysis/row_groups.hpp"

#include <utility>

#include "support/numbers.hpp"

namespace snapq::analysis {

RowGroups::Group& RowGroups::group_of(report::Key&& key, report::MaybeInteger stack_id,
                                      std::int64_t part_bytes) {
    const auto [index, is_new] = m_by_key.try_emplace(key.key, m_groups.size());
    if (is_new) m_groups.emplace_back();
    Group& group = m_groups[index->second];
    if (part_bytes > group.largest_part) {
        static_cast<report::Key&>(group.row) = std::move(key);
        group.row.stack_id = stack_id;
        group.largest_part = part_bytes;
    }
    return group;
}

void RowGroups::add(report::Key key, report::MaybeInteger stack_id, std::int64_t bytes, std::int64_t count,
                    report::OlderPart older) {
    report::LiveRow& row = group_of(std::move(key), stack_id, bytes).row;
    row.bytes = saturating_add(row.bytes, bytes);
    row.count = saturating_add(row.count, count);
    row.older.bytes = saturating_add(row.older.bytes, older.bytes);
    row.older.count = saturating_add(row.older.count, older.count);
}

void RowGroups::add_maximum(report::Key key, report::MaybeInteger stack_id, std::int64_t max_bytes) {
    // A part that is not live at the moment names the row only if no other part does, so it counts as 0 bytes
    // here.
    Group& group = group_of(std::move(key), stack_id, 0);
    group.row.max_bytes = saturating_add(group.row.max_bytes.value_or(0), max_bytes);
    group.row.max_exact = ++group.maxima == 1;
}

std::vector<report::LiveRow> RowGroups::take() {
    std::vector<report::LiveRow> rows;
    rows.reserve(m_groups.size());
    for (Group& group : m_groups) rows.push_back(std::move(group.row));
    m_groups.clear();
    m_by_key.clear();
    return rows;
}

LiveRowCollector::LiveRowCollector(std::int64_t device, std::size_t most_bytes) : m_top(most_bytes) {
    m_result.device = device;
}

void LiveRowCollector::add(report::LiveRow&& row) {
    m_result.total_bytes = saturating_add(m_result.total_bytes, row.bytes);
    m_result.total_count = saturating_add(m_result.total_count, row.count);
    m_top.add(std::move(row));
}

void LiveRowCollector::add_others(const report::OtherLiveRows& others) {
    m_result.total_bytes = saturating_add(m_result.total_bytes, others.bytes);
    m_result.total_count = saturating_add(m_result.total_count, others.count);
    m_result.others.add(others);
}

report::LiveRows LiveRowCollector::take() {
    m_result.rows = m_top.take();
    m_result.others.add(m_top.others());
    return std::move(m_result);
}

}  // namespace snapq::analysis
