// Decides which rows of two runs belong together. It does not read archives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "report/diff_report.hpp"

namespace snapq::analysis {

// The highest bytes of one part over the trace.
struct PartMaximum {
    std::int64_t bytes = 0;
    std::optional<std::int64_t> event;  // the first event with these bytes; -1: before the first event
    bool constant = false;              // the bytes never changed
    bool exact = true;                  // false: `bytes` is an upper bound
};

// What one stack holds on one side. For rows by stream, pool or size, a part has all allocations of one key.
struct SidePart {
    std::string key;       // parts with the same key are one row
    std::string fallback;  // pairs rows whose key only one side has; empty: such rows are never paired
    std::string label;     // for people
    std::optional<std::int64_t> stack_id;
    std::int64_t bytes = 0;
    std::int64_t count = 0;              // 0: not live at the compared moment, only at another one
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
    // All parts of one key on one side.
    struct Side {
        std::int64_t bytes = 0;
        std::int64_t count = 0;
        bool present = false;  // live at any time
        JointMaximum maximum;
        std::string label;  // this and stack_id are those of the part with the most bytes
        std::optional<std::int64_t> stack_id;
        std::int64_t most_bytes = 0;

        void add(SidePart&& part);
        void add(Side&& other);
        void name(std::string&& new_label, std::optional<std::int64_t> new_stack_id, std::int64_t new_bytes);
    };
    struct Pair {
        Side base;
        Side newer;
        std::string fallback;

        [[nodiscard]] bool live() const { return base.count > 0 || newer.count > 0; }
        // The live side of a key that the other side never had; else null.
        [[nodiscard]] const Side* unmatched_side() const;
    };
    // Ordered, so that the result does not depend on the order of an archive's rows.
    using Pairs = std::map<std::string, Pair>;
    struct Unmatched {
        std::vector<Pairs::iterator> base;
        std::vector<Pairs::iterator> newer;
    };

    void add(SidePart&& part, Side Pair::*side);
    [[nodiscard]] std::map<std::string, Unmatched> unmatched();
    [[nodiscard]] report::DiffRow join(const std::string& fallback, const Unmatched& group);
    [[nodiscard]] static report::DiffRow make_row(const std::string& key, Pair&& pair);

    Pairs m_pairs;
};

}  // namespace snapq::analysis
