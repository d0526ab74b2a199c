// Sums allocations by key.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "analysis/top_rows.hpp"
#include "report/live_rows.hpp"

namespace snapq::analysis {

// Collects the rows of a device: keeps the first ones, and sums all of them. Use it in one thread.
class LiveRowCollector {
public:
    LiveRowCollector(std::int64_t device, std::size_t most_bytes);
    void add(report::LiveRow&& row);
    // Rows that come after all rows added one by one.
    void add_others(const report::OtherLiveRows& others);
    [[nodiscard]] report::LiveRows take();

private:
    report::LiveRows m_result;
    TopRows<report::LiveRow, report::OtherLiveRows> m_top;
};

// Rows by key, all in memory, so its memory grows with the number of keys. Use it in one thread.
class RowGroups {
public:
    // Call it for all stacks (or other parts) of a key; their sums are the row.
    // `older`: what of the bytes and the count was allocated before the recording.
    void add(report::Key key, report::MaybeInteger stack_id, std::int64_t bytes, std::int64_t count,
             report::OlderPart older = {});
    // `max_bytes`: the most that one stack (or other part) of the key held. Call it after all add().
    void add_maximum(report::Key key, report::MaybeInteger stack_id, std::int64_t max_bytes);

    [[nodiscard]] std::size_t size() const { return m_groups.size(); }
    // Returns the rows in any order. Afterwards this object has no groups.
    [[nodiscard]] std::vector<report::LiveRow> take();

private:
    struct Group {
        report::LiveRow row;
        std::int64_t largest_part = -1;  // bytes of the stack that gave the row its stack_id, op and line
        std::int64_t maxima = 0;         // calls of add_maximum()
    };
    Group& group_of(report::Key&& key, report::MaybeInteger stack_id, std::int64_t part_bytes);

    std::vector<Group> m_groups;
    std::unordered_map<UntrustedText, std::size_t> m_by_key;
};

}  // namespace snapq::analysis
