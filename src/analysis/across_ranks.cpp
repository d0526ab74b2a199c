#include "analysis/across_ranks.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "analysis/keys.hpp"
#include "analysis/ranks.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

// `bytes` is not negative.
std::int64_t rounded(std::int64_t bytes, unsigned bits) {
    const auto value = static_cast<std::uint64_t>(bytes);
    const auto width = static_cast<unsigned>(std::bit_width(value));
    if (width <= bits) return bytes;
    const unsigned dropped = width - bits;
    return static_cast<std::int64_t>((value >> dropped) << dropped);
}

}  // namespace

bool RankValues::add(std::int64_t bytes) {
    if (!m_runs.empty() && m_runs.back().bytes == bytes) {
        ++m_runs.back().count;
        return false;
    }
    m_runs.push_back({bytes, 1});
    return true;
}

void RankValues::compact(unsigned bits) {
    for (Run& run : m_runs) run.bytes = rounded(run.bytes, bits);
    std::ranges::sort(m_runs, {}, &Run::bytes);
    std::vector<Run> merged;
    for (const Run& run : m_runs) {
        if (merged.empty() || merged.back().bytes != run.bytes) {
            merged.push_back(run);
        } else {
            merged.back().count += run.count;
        }
    }
    merged.shrink_to_fit();
    m_runs = std::move(merged);
}

report::Spread RankValues::spread(std::size_t archives) const {
    std::vector<std::int64_t> values;
    values.reserve(archives);
    for (const Run& run : m_runs) values.insert(values.end(), static_cast<std::size_t>(run.count), run.bytes);
    values.resize(std::max(archives, values.size()));
    return spread_of(std::move(values)).value_or(report::Spread{});
}

void AcrossRanks::add(const report::ArchiveSummary& archive) {
    ++m_archives;
    std::vector<Row*> touched;
    for (const report::DeviceSummary& device : archive.devices) {
        for (const report::LiveRow& row : device.top) add(row, touched);
        if (device.others) add(*device.others, touched);
    }
    for (Row* row : touched) {
        const std::int64_t bytes = std::exchange(row->now_bytes, 0);
        if (bytes <= 0) continue;
        ++row->row.holders;
        if (row->values.add(bytes)) ++m_values;
        report::Spread& spread = row->row.bytes;
        spread.sum = saturating_add(spread.sum, bytes);
        spread.minimum = row->row.holders == 1 ? bytes : std::min(spread.minimum, bytes);
        if (bytes <= spread.maximum) continue;
        spread.maximum = bytes;
        row->row.most = {archive.archive, archive.rank};
    }
    if (m_values > m_most_values) make_room();
}

void AcrossRanks::add(const report::LiveRow& row, std::vector<Row*>& touched) {
    const bool is_known =
        row.key != k_other && (m_rows.contains(row.key) || m_rows.size() < k_most_rank_keys);
    const auto [found, is_new] = m_rows.try_emplace(is_known ? row.key : UntrustedText(k_other));
    Row& sum = found->second;
    if (is_new) {
        const report::Key& key = row;
        static_cast<report::Key&>(sum.row) = key;
        if (!is_known) sum.row.key = sum.row.label = k_other;
    }
    if (std::exchange(sum.last_archive, m_archives) != m_archives) touched.push_back(&sum);
    sum.now_bytes = saturating_add(sum.now_bytes, row.bytes);
}

// First it only merges equal values. If that frees too little, it rounds values, which makes more of them
// equal.
void AcrossRanks::make_room() {
    for (;;) {
        m_values = 0;
        for (auto& [key, row] : m_rows) {
            row.values.compact(m_bits);
            m_values += row.values.size();
        }
        if (m_values <= m_most_values / 2 || m_bits == 1) return;
        constexpr unsigned k_first_bits = 10;
        m_bits = m_bits > k_first_bits ? k_first_bits : m_bits - 1;
    }
}

report::AcrossRow AcrossRanks::finished(Row& row) const {
    report::AcrossRow done = std::move(row.row);
    const report::Spread known = done.bytes;
    done.bytes = row.values.spread(m_archives);
    done.bytes.sum = known.sum;
    done.bytes.maximum = known.maximum;
    done.bytes.minimum = done.holders == static_cast<std::int64_t>(m_archives) ? known.minimum : 0;
    done.is_exact = m_bits == std::numeric_limits<std::int64_t>::digits;
    return done;
}

std::vector<report::AcrossRow> AcrossRanks::take(std::size_t top) {
    std::vector<report::AcrossRow> rows;
    for (auto& [key, row] : m_rows) rows.push_back(finished(row));
    m_rows.clear();
    m_values = 0;
    const auto difference = [](const report::AcrossRow& row) {
        return row.bytes.maximum - row.bytes.minimum;
    };
    std::ranges::sort(rows, [&](const report::AcrossRow& a, const report::AcrossRow& b) {
        if (difference(a) != difference(b)) return difference(a) > difference(b);
        return a.bytes.maximum != b.bytes.maximum ? a.bytes.maximum > b.bytes.maximum : a.key < b.key;
    });
    if (top > 0 && rows.size() > top) rows.resize(top);
    return rows;
}

void name_explained(const std::vector<report::Outlier>& outliers, std::vector<report::AcrossRow>& rows) {
    std::unordered_map<UntrustedText, report::AcrossRow*> by_key;
    for (report::AcrossRow& row : rows) by_key.emplace(row.key, &row);
    for (const report::Outlier& outlier : outliers) {
        for (const report::OutlierSite& site : outlier.sites) {
            const auto row = by_key.find(site.key.key);
            if (row != by_key.end()) row->second->explains.push_back({outlier.archive, outlier.rank});
        }
    }
}

}  // namespace snapq::analysis
