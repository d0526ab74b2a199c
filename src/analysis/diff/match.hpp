// Decides which rows of two runs belong together, by their keys. It does not read archives. Lines of
// functions are matched in line_match.hpp.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "analysis/diff/row_side.hpp"
#include "report/diff_report.hpp"

namespace snapq::analysis {

// Makes rows of the parts of two sides. A row is live on at least one side.
//
// Parts match by key. Live keys that the other side never had are then paired by `fallback`. If several keys
// of a side have the same fallback, all of them become one row, because their pairs cannot be known. Memory
// grows with the number of keys, not of parts. Use it in one thread.
class RowMatcher {
public:
    void add_base(SidePart&& part);
    void add_new(SidePart&& part);

    [[nodiscard]] std::size_t keys() const { return m_pairs.size(); }
    // Returns the rows in any order. Afterwards this object has no parts.
    [[nodiscard]] std::vector<report::DiffRow> take();

private:
    struct Pair {
        RowSide base;
        RowSide newer;
        std::string fallback;

        [[nodiscard]] bool live() const { return base.count > 0 || newer.count > 0; }
        // The live side of a key that the other side never had; else null.
        [[nodiscard]] const RowSide* unmatched_side() const;
    };
    // Ordered, so that the result does not depend on the order of an archive's rows.
    using Pairs = std::map<std::string, Pair>;
    struct Unmatched {
        std::vector<Pairs::iterator> base;
        std::vector<Pairs::iterator> newer;
    };

    void add(SidePart&& part, RowSide Pair::*side);
    [[nodiscard]] std::map<std::string, Unmatched> unmatched();
    [[nodiscard]] report::DiffRow join(const std::string& fallback, const Unmatched& group);

    Pairs m_pairs;
};

}  // namespace snapq::analysis
