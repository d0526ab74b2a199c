// Rows of an answer: the largest of many rows, and sums of allocations by key.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "report/live_rows.hpp"

namespace snapq::analysis {

// Keeps the first of many rows, as many as fit into a given amount of memory, and sums the others.
//
//     TopRows<LiveRow, OtherLiveRows> top(4 << 20);
//     for (…) top.add(std::move(row));
//     report.others = top.others();
//     report.rows = top.take();
//
// Row needs comes_before(a, b), a strict order, and bytes_of(row), which counts its strings; Others needs
// add(row). At least one row is kept, however large it is.
template <typename Row, typename Others>
class TopRows {
public:
    explicit TopRows(std::size_t most_bytes) : m_most_bytes(most_bytes) {}

    void add(Row&& row) {
        // No row may be kept after one that was dropped, even if it is smaller and would fit.
        if (m_first_dropped && comes_before(*m_first_dropped, row)) return m_others.add(row);
        m_bytes += bytes_of(row);
        m_rows.push_back(std::move(row));
        std::push_heap(m_rows.begin(), m_rows.end(), before);
        while (m_bytes > m_most_bytes && m_rows.size() > 1) drop_last();
    }

    [[nodiscard]] const Others& others() const { return m_others; }
    // Returns the kept rows in their order. Afterwards this object has no rows.
    [[nodiscard]] std::vector<Row> take() {
        std::sort_heap(m_rows.begin(), m_rows.end(), before);
        return std::move(m_rows);
    }

private:
    static bool before(const Row& a, const Row& b) { return comes_before(a, b); }

    void drop_last() {
        std::pop_heap(m_rows.begin(), m_rows.end(), before);
        m_bytes -= bytes_of(m_rows.back());
        m_others.add(m_rows.back());
        m_first_dropped = std::move(m_rows.back());
        m_rows.pop_back();
    }

    std::size_t m_most_bytes;
    std::size_t m_bytes = 0;
    std::vector<Row> m_rows;  // a heap with the last row at its top
    std::optional<Row> m_first_dropped;
    Others m_others;
};

// Collects the rows of a device: keeps the first ones, and sums all of them. Use it in one thread.
class LiveRowCollector {
public:
    LiveRowCollector(std::int64_t device, std::size_t most_bytes);
    void add(report::LiveRow&& row);
    // Adds rows that are already summed. In the order of the rows they must come after all rows that are
    // added one by one.
    void add_others(const report::OtherLiveRows& others);
    [[nodiscard]] report::LiveRows take();

private:
    report::LiveRows m_result;
    TopRows<report::LiveRow, report::OtherLiveRows> m_top;
};

// Rows by key, all in memory, so its memory grows with the number of keys. Use it in one thread.
class RowGroups {
public:
    // Call it for all stacks (or other parts) of a key; their sums are the row. `older`: the part of the
    // bytes and of the count that was allocated before the recording.
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
