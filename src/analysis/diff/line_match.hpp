// Makes rows of the lines of functions. Which line of one side is which of the other: see align.hpp.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/diff/align.hpp"
#include "analysis/diff/row_side.hpp"
#include "analysis/top_rows.hpp"
#include "report/diff_report.hpp"

namespace snapq::analysis {

// Holds the lines of one function at a time, and of them at most a few thousand. Use it in one thread.
class LineMatcher {
public:
    using UseRow = std::function<void(report::DiffRow&&)>;
    enum class Rows : std::uint8_t { lines, functions };

    // `use` takes the rows: lines, or functions with their lines.
    LineMatcher(Rows rows, UseRow use);

    // The parts of a function must follow each other, and among them those with the same key, which are one
    // line of both sides or of one.
    void add(SidePart&& part, bool of_base);
    // After the last part.
    void finish();

private:
    // By position.
    using Lines = std::map<std::int64_t, RowSide>;
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
