// Selects the allocations that a page shows if it has no room for all: those with the most bytes times
// events.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "page/device_rows.hpp"
#include "page/html_writer.hpp"

namespace snapq::page {

// Bytes times events. An allocation that is live at the end counts as live until event `events`. The result
// is at least 1.
[[nodiscard]] double cost_of(const AllocationRow& row, std::int64_t events);

// Counts allocations by their cost, in classes that are 3 % wide. Memory does not depend on their number.
class CostHistogram {
public:
    CostHistogram() : m_counts(k_classes, 0) {}

    void add(double cost);
    // The lowest boundary between two classes that at most `rows` of the allocations reach or exceed.
    [[nodiscard]] double least_cost_of(std::int64_t rows) const;

private:
    static constexpr std::size_t k_classes_a_doubling = 23;
    static constexpr std::size_t k_doublings = 127;  // enough for costs up to 2^53 * 2^53
    static constexpr std::size_t k_classes = k_classes_a_doubling * k_doublings;

    std::vector<std::int64_t> m_counts;
};

// The live bytes of the allocations that are left out, as a curve. The trace is divided into 1000 parts, and
// each part has at most 4 points: the first, the lowest, the highest and the last one. So a trace of up to
// 4000 events has all of its points. It holds in memory only the allocations that are left out and live at
// one moment.
class LeftOutCurve {
public:
    LeftOutCurve(const std::string& prefix, std::int64_t events);

    // Call it in the order of the starts.
    void add(const AllocationRow& row);

    [[nodiscard]] std::int64_t allocations() const { return m_allocations; }
    [[nodiscard]] std::int64_t bytes() const { return m_bytes; }

    // Writes the member `left_out`. Call it last.
    void write(json::JsonWriter& to, HtmlWriter& page);

private:
    struct End {
        std::int64_t event = 0;
        std::int64_t bytes = 0;

        friend bool operator>(const End& one, const End& other) { return one.event > other.event; }
    };
    struct Point {
        std::int64_t event = -1;
        std::int64_t bytes = 0;
    };

    void end_until(std::int64_t event);
    // Records the live bytes after `event`. If it is called several times for one event, the last call
    // counts.
    void reach(std::int64_t event);
    void settle();
    void emit_part();

    Column m_events;
    Column m_live;
    std::int64_t m_part_events;
    std::priority_queue<End, std::vector<End>, std::greater<>> m_ends;
    std::int64_t m_live_bytes = 0;
    std::int64_t m_allocations = 0;
    std::int64_t m_bytes = 0;
    Point m_now;                  // its bytes may still change
    std::vector<Point> m_points;  // of one part: first, lowest, highest, last
};

// Keeps the first k_most_table_rows in the order of the query `largest`: by size, then by their numbers.
class LargestRows {
public:
    void add(std::int64_t idx, std::int64_t size) {
        const Row row{size, idx};
        if (m_rows.size() == k_most_table_rows) {
            if (!(row < m_rows.top())) return;
            m_rows.pop();
        }
        m_rows.push(row);
    }

    // The numbers (`idx`) of the kept rows as a JSON array.
    [[nodiscard]] std::string take_json();

private:
    struct Row {
        std::int64_t size = 0;
        std::int64_t idx = 0;

        // Whether `one` comes first.
        friend bool operator<(const Row& one, const Row& other) {
            return one.size != other.size ? one.size > other.size : one.idx < other.idx;
        }
    };

    std::priority_queue<Row> m_rows;  // the last one on top
};

}  // namespace snapq::page
