// As many of the first rows as a part of memory holds, and the sum of those behind them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace snapq::analysis {

// For Row there are comes_before(a, b), a strict order, and bytes_of(row); LeftOut has add(row).
template <typename Row, typename LeftOut>
class BestRows {
public:
    explicit BestRows(std::size_t most_bytes) : m_most_bytes(most_bytes) {}

    void add(Row&& row) {
        // No row is let in behind one that was left out, though it may be the smaller one.
        if (m_best_left_out && comes_before(*m_best_left_out, row)) return m_left_out.add(row);
        m_bytes += bytes_of(row);
        m_rows.push_back(std::move(row));
        std::push_heap(m_rows.begin(), m_rows.end(), before);
        while (m_bytes > m_most_bytes && m_rows.size() > 1) leave_last_out();
    }

    [[nodiscard]] const LeftOut& left_out() const { return m_left_out; }
    // In their order.
    [[nodiscard]] std::vector<Row> take() {
        std::sort_heap(m_rows.begin(), m_rows.end(), before);
        return std::move(m_rows);
    }

private:
    static bool before(const Row& a, const Row& b) { return comes_before(a, b); }

    void leave_last_out() {
        std::pop_heap(m_rows.begin(), m_rows.end(), before);
        m_bytes -= bytes_of(m_rows.back());
        m_left_out.add(m_rows.back());
        m_best_left_out = std::move(m_rows.back());
        m_rows.pop_back();
    }

    std::size_t m_most_bytes;
    std::size_t m_bytes = 0;
    std::vector<Row> m_rows;  // a heap, the last row at its top
    std::optional<Row> m_best_left_out;
    LeftOut m_left_out;
};

}  // namespace snapq::analysis
