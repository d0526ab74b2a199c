// Compares what the ranks of a job hold, key by key: which keys are the same everywhere, and which are not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "report/summary.hpp"

namespace snapq::analysis {

// The bytes of one key in the archives that hold it. Ranks of one job often hold the same bytes, so equal
// values that are added one after the other take no more memory than one value.
class RankValues {
public:
    // Returns false if the value equals the one added last, which needs no memory.
    bool add(std::int64_t bytes);
    // Rounds the values down to `bits` significant bits (63: no rounding), sorts them and merges equal ones.
    void compact(unsigned bits);
    [[nodiscard]] std::size_t size() const { return m_runs.size(); }
    // The spread over `archives` archives. An archive without a value counts as 0 bytes.
    [[nodiscard]] report::Spread spread(std::size_t archives) const;

private:
    struct Run {
        std::int64_t bytes = 0;
        std::int64_t count = 0;
    };
    std::vector<Run> m_runs;
};

// Collects the rows of all archives, at most k_most_rank_keys keys; the bytes of further keys are added to
// the row "[other]". Its memory is bounded: when there are too many different values, they are rounded to 10
// significant bits (0.1 %), and to fewer if needed; the smallest and the largest stay exact.
class AcrossRanks {
public:
    // `most_values`: how many values are kept for all keys together; each takes 16 bytes.
    explicit AcrossRanks(std::size_t most_values = 500'000) : m_most_values(most_values) {}

    // `archive` must have all of its rows, not only the first ones.
    void add(const report::ArchiveSummary& archive);
    // The rows that differ most. `top`: how many; 0: all.
    [[nodiscard]] std::vector<report::AcrossRow> take(std::size_t top);

private:
    struct Row {
        report::AcrossRow row;  // without `bytes.median` and other figures that need all values
        RankValues values;
        std::int64_t now_bytes = 0;    // in the archive that is being added
        std::size_t last_archive = 0;  // that had the key; they are counted from 1
    };
    void add(const report::LiveRow& row, std::vector<Row*>& touched);
    void make_room();
    [[nodiscard]] report::AcrossRow finished(Row& row) const;

    std::size_t m_most_values;
    std::size_t m_values = 0;
    std::size_t m_archives = 0;
    unsigned m_bits = 63;
    std::unordered_map<UntrustedText, Row> m_rows;
};

// Notes in each row which outliers it explains.
void name_explained(const std::vector<report::Outlier>& outliers, std::vector<report::AcrossRow>& rows);

}  // namespace snapq::analysis
