// Decides which rows of two runs belong together: by their keys, and for lines of functions as
// align_paths.hpp says. It does not read archives.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/diff/align_paths.hpp"
#include "analysis/diff/row_side.hpp"
#include "analysis/row_groups.hpp"
#include "report/diff_report.hpp"

namespace snapq::analysis {

// Makes rows from the parts of two sides. A row is live on at least one side.
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

// Makes rows from parts that are lines of functions. It holds the lines of one function at a time, and no
// more than a few hundred of them. Use it in one thread.
class LineMatcher {
public:
    using UseRow = std::function<void(report::DiffRow&&)>;
    enum class Rows : std::uint8_t { lines, functions };

    // `use` receives the rows: lines, or functions with their lines.
    LineMatcher(Rows rows, UseRow use);

    // The parts of one function must be added one after the other. Among them, the parts with the same key
    // must follow each other too; they are one line, on one side or on both.
    void add(SidePart&& part, bool of_base);
    // Call it after the last part.
    void finish();

private:
    using Lines = std::map<LinePath, RowSide>;
    using TopLines = TopRows<report::DiffRow, report::OtherDiffRows>;

    void take_lines();
    void take_line(RowSide* base, RowSide* newer);
    [[nodiscard]] report::DiffRow row_of_line(RowSide& base, RowSide& newer) const;
    void take_function();

    Rows m_rows;
    UseRow m_use;
    std::string m_function;
    std::string m_key;  // of the last part
    Lines m_base;
    Lines m_newer;
    bool m_cut = false;  // some lines of the function were taken before the others were known
    // The sum of the lines that were taken, for rows that are functions.
    RowSide m_base_sum;
    RowSide m_newer_sum;
    std::optional<TopLines> m_lines;
};

}  // namespace snapq::analysis
