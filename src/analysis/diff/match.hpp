// Which rows of two runs belong together. Pure: knows neither archives nor stacks.
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

// What is known of one stack's bytes over time.
struct PartMaximum {
    std::int64_t bytes = 0;             // the most it held
    std::optional<std::int64_t> event;  // when first; -1: before the first event
    bool constant = false;              // it held that all the time
    bool exact = true;                  // else it held at most that
};

// One stack (or whatever is the smallest thing an archive knows) on one side.
struct SidePart {
    std::string key;       // parts of the same key are one row
    std::string fallback;  // by what rows that found no partner are paired; empty: never
    std::string label;     // for people
    std::optional<std::int64_t> stack_id;
    std::int64_t bytes = 0;
    std::int64_t count = 0;              // 0: not live at the compared moment, but it was at another
    std::optional<PartMaximum> maximum;  // empty: not known
};

// Takes one part after the other; false: no more of them.
using UsePart = std::function<bool(SidePart&&)>;

// The maximum over time of several parts together, as far as their own maxima tell it.
class JointMaximum {
public:
    void add(const std::optional<PartMaximum>& part);
    void add(const JointMaximum& other);
    // `live`: what the parts held together at the compared moment.
    [[nodiscard]] std::optional<report::DiffMaximum> result(std::int64_t live) const;

private:
    std::int64_t m_sum = 0;
    std::optional<std::int64_t> m_event;
    bool m_varying = false;
    bool m_exact = true;
    bool m_known = true;
};

// Takes the parts of two sides and gives the rows that are live on at least one of them.
//
// Parts match by key. Live rows whose key the other side never had are then paired by `fallback`: one with
// one as one row; several with one or several as a single row, because nothing tells which became which.
// Memory grows with the number of keys, not of parts.
class RowMatcher {
public:
    void add_base(SidePart&& part);
    void add_new(SidePart&& part);

    [[nodiscard]] std::size_t keys() const { return m_pairs.size(); }
    // In any order; the matcher is empty afterwards.
    [[nodiscard]] std::vector<report::DiffRow> take();

private:
    // All parts of one key on one side.
    struct Side {
        std::int64_t bytes = 0;
        std::int64_t count = 0;
        bool present = false;  // at any time
        JointMaximum maximum;
        std::string label;  // these two are of the part with the most bytes
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
        // The one live side of a key that the other side never had.
        [[nodiscard]] const Side* unmatched_side() const;
    };
    // Ordered, so that nothing depends on the order of an archive's rows.
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
