// Sums what is live by key.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "analysis/best_rows.hpp"
#include "report/live_rows.hpp"

namespace snapq::analysis {

// The rows of a device, as they come.
class LiveRowCollector {
public:
    LiveRowCollector(std::int64_t device, std::size_t most_bytes);
    void add(report::LiveRow&& row);
    // Rows that come after all that are added.
    void add_others(const report::OtherLiveRows& others);
    [[nodiscard]] report::LiveRows take();

private:
    report::LiveRows m_result;
    BestRows<report::LiveRow, report::OtherLiveRows> m_best;
};

class RowGroups {
public:
    void add(report::Key key, report::MaybeInteger stack_id, std::int64_t bytes, std::int64_t count);
    // `max_bytes` of one part of a key's allocations. Call after all add() of the moment.
    void add_maximum(report::Key key, report::MaybeInteger stack_id, std::int64_t max_bytes);

    [[nodiscard]] std::size_t size() const { return m_groups.size(); }
    // The rows in any order; the groups are empty afterwards.
    [[nodiscard]] std::vector<report::LiveRow> take();

private:
    struct Group {
        report::LiveRow row;
        std::int64_t largest_part = -1;  // bytes of the stack that the row's stack_id, op and line are of
        std::int64_t maxima = 0;         // parts that have contributed to max_bytes
    };
    Group& group_of(report::Key&& key, report::MaybeInteger stack_id, std::int64_t part_bytes);

    std::vector<Group> m_groups;
    std::unordered_map<std::string, std::size_t> m_by_key;
};

}  // namespace snapq::analysis
