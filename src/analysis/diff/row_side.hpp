// The rows of one side of a comparison, and the parts that they are made of. This file does not read
// archives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "analysis/diff/align_paths.hpp"
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

}  // namespace snapq::analysis
