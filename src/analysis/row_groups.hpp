// Sums what is live by key.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "snapq/report/live_rows.hpp"

namespace snapq::analysis {

class RowGroups {
public:
    void add(report::Key key, report::MaybeInteger stack_id, std::int64_t bytes, std::int64_t count);
    // `max_bytes` of one part of a key's allocations. Call after all add() of the moment.
    void add_maximum(report::Key key, report::MaybeInteger stack_id, std::int64_t max_bytes);

    // The rows in their order; the groups are empty afterwards.
    [[nodiscard]] report::LiveRows take(std::int64_t device);

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
