// Keeps the first of many rows, as many as fit into a given amount of memory, and sums the others.
//
//     TopRows<LiveRow, OtherLiveRows> top(4 << 20);
//     for (…) top.add(std::move(row));
//     report.others = top.others();
//     report.rows = top.take();
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace snapq::analysis {

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

}  // namespace snapq::analysis
