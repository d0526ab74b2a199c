// Which rows of two runs belong together. Pure: knows neither archives nor stacks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "snapq/report/diff_report.hpp"

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

// Rows that are live on at least one side, largest |delta| first, then largest, then by key.
//
// Parts match by key. Live rows whose key the other side never had are then paired by `fallback`: one with
// one as one row; several with one or several as a single row, because nothing tells which became which.
[[nodiscard]] std::vector<report::DiffRow> match_rows(const std::vector<SidePart>& base,
                                                      const std::vector<SidePart>& newer);

// Just the order.
void sort_rows(std::vector<report::DiffRow>& rows);

}  // namespace snapq::analysis
