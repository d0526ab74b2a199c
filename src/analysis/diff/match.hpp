// The rows of both sides of a comparison, the parts that they are made of, and which rows belong together: by
// their keys, and for lines of functions as align.hpp says. This file does not read archives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/diff/align.hpp"
#include "analysis/row_groups.hpp"
#include "report/diff_report.hpp"

namespace snapq::analysis {

// The highest bytes of one part over the trace.
struct PartMaximum {
    std::int64_t bytes = 0;
    std::optional<std::int64_t> event;  // the first event with these bytes; -1: before the first event
    bool constant = false;              // the bytes never changed
    bool exact = true;                  // false: `bytes` is an upper bound
};

// The line of a part whose row is a line of a function. The rows of one function are decided together (see
// LineMatcher).
struct PartLine {
    std::string function;      // its file and name: the same for all lines of the function, on both sides
    std::int64_t number = -1;  // of the line; -1: not recorded
    // In the order of the lines: the number, except for some cells of notebooks; then those of the callers
    // that are a part of the name.
    LinePath path;
    std::size_t label_at = 0;  // where the number is put into the label
};

// The memory of one stack on one side. If rows are by stream, pool or size, a part is all memory of one key
// instead.
struct SidePart {
    std::string key;       // parts with the same key are one row
    std::string fallback;  // pairs rows whose key only one side has; empty: such rows are never paired
    std::string label;     // for people; without the number of the line
    std::string op;        // of the stack; empty: not known, or not needed
    std::optional<PartLine> line;
    std::optional<std::int64_t> stack_id;
    std::int64_t bytes = 0;
    std::int64_t count = 0;              // 0: not live at the compared moment, only at another one
    std::int64_t older_bytes = 0;        // of `bytes`: memory from before the recording
    std::optional<PartMaximum> maximum;  // nullopt: not known
};

// Called with one part after the other.
using UsePart = std::function<void(SidePart&&)>;

// The maximum of the sum of several parts over the trace, or an upper bound, computed from their own maxima.
class JointMaximum {
public:
    void add(const std::optional<PartMaximum>& part);
    void add(const JointMaximum& other);
    // `live`: the sum of the parts at the compared moment, which is a lower bound. nullopt: not known.
    [[nodiscard]] std::optional<report::DiffMaximum> result(std::int64_t live) const;

private:
    std::int64_t m_sum = 0;
    std::optional<std::int64_t> m_event;
    bool m_varying = false;
    bool m_exact = true;
    bool m_known = true;
};

// All parts of one row on one side.
struct RowSide {
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    std::int64_t older_bytes = 0;
    bool present = false;  // live at any time
    JointMaximum maximum;
    SidePart largest;  // the part with the most bytes, which gives the label and the stack
    std::string op;    // of the part with the highest maximum
    std::int64_t op_bytes = 0;

    void add(SidePart&& part);
    void add(RowSide&& other);
    // The most that the row held at any time, or an upper bound; its live bytes if that is not known.
    [[nodiscard]] std::int64_t most_bytes() const;

private:
    void name_by(SidePart&& part);
    void set_op(const std::string& new_op, std::int64_t new_bytes);
};

// Moves texts out of both sides.
[[nodiscard]] report::DiffRow make_row(const std::string& key, RowSide&& base, RowSide&& newer);

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
