// The largest allocations of a device, found while its rows are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <queue>
#include <string>
#include <vector>

#include "page/limits.hpp"

namespace snapq::page {

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

    // Their numbers as a JSON array.
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
