#include "analysis/ranks.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

#include "analysis/keys.hpp"
#include "analysis/summary/verdict.hpp"
#include "report/change_reason.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

using report::ArchiveSummary;
using report::DeviceSummary;
using report::MaybeInteger;
using report::Spread;

constexpr std::size_t k_fewest_for_outliers = 3;

std::int64_t median_of(std::vector<std::int64_t>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

using Figure = MaybeInteger report::DeviceFigures::*;

// The figure of an archive is that of its highest device that counts.
const DeviceSummary* highest_device(const ArchiveSummary& archive, Figure figure) {
    const DeviceSummary* highest = nullptr;
    for (const DeviceSummary& device : archive.devices) {
        if (!(device.figures.*figure) || !report::counts_in_archive(archive, device)) continue;
        if (highest == nullptr || *(device.figures.*figure) > *(highest->figures.*figure)) highest = &device;
    }
    return highest;
}

Spread spread_over(const report::Summary& summary, Figure figure) {
    std::vector<std::int64_t> values;
    for (const ArchiveSummary& archive : summary.archives) {
        if (const DeviceSummary* device = highest_device(archive, figure))
            values.push_back(*(device->figures.*figure));
    }
    return spread_of(std::move(values)).value_or(Spread{});
}

const ArchiveSummary* archive_with(const report::Summary& summary, Figure figure, std::int64_t value) {
    for (const ArchiveSummary& archive : summary.archives) {
        const DeviceSummary* device = highest_device(archive, figure);
        if (device != nullptr && device->figures.*figure == value) return &archive;
    }
    return nullptr;
}

std::string_view reason_of(const report::OutlierSite& site) {
    return report::change_reason({site.typical_bytes, site.typical_count}, {site.bytes, site.count});
}

// The sites whose bytes differ, largest difference first.
std::vector<report::OutlierSite> differing_sites(const report::LiveRows& rows,
                                                 const report::LiveRows& typical, std::size_t most) {
    std::unordered_map<UntrustedText, report::OutlierSite> by_key;
    for (const report::LiveRow& row : rows.rows) {
        const report::Key& key = row;
        by_key[row.key] = {key, row.bytes, row.count, 0, 0, ""};
    }
    for (const report::LiveRow& row : typical.rows) {
        report::OutlierSite& site = by_key[row.key];
        const report::Key& key = row;
        site.key = key;
        site.typical_bytes = row.bytes;
        site.typical_count = row.count;
    }
    std::vector<report::OutlierSite> sites;
    for (auto& [key, site] : by_key) {
        if (site.bytes != site.typical_bytes) sites.push_back(std::move(site));
    }
    std::ranges::sort(sites, [](const auto& a, const auto& b) {
        const std::int64_t difference_a = distance_between(a.bytes, a.typical_bytes);
        const std::int64_t difference_b = distance_between(b.bytes, b.typical_bytes);
        return difference_a != difference_b ? difference_a > difference_b : a.key.key < b.key.key;
    });
    sites.resize(std::min(sites.size(), most));
    for (report::OutlierSite& site : sites) site.why = reason_of(site);
    return sites;
}

constexpr Figure k_peak = &report::DeviceFigures::peak_requested_bytes;

report::Outlier outlier_of(const ArchiveSummary& archive, const DeviceSummary& device, const Spread& spread,
                           const ArchiveSummary& typical) {
    report::Outlier outlier;
    outlier.archive = archive.archive;
    outlier.rank = archive.rank;
    outlier.device = device.figures.device;
    outlier.figure = "peak_requested_bytes";
    outlier.value = *device.figures.peak_requested_bytes;
    outlier.spread = spread;
    outlier.typical_archive = typical.archive;
    return outlier;
}

// The outliers that are furthest from the median.
std::vector<report::Outlier*> worst_of(std::vector<report::Outlier>& outliers) {
    std::vector<report::Outlier*> worst;
    for (report::Outlier& outlier : outliers) worst.push_back(&outlier);
    std::ranges::stable_sort(worst, std::ranges::greater(), [](const report::Outlier* outlier) {
        return distance_between(outlier->value, outlier->spread.median);
    });
    worst.resize(std::min(worst.size(), k_most_explained));
    return worst;
}

void explain_outliers(report::Summary& summary, const ArchiveSummary& typical, const RowsOf& rows_of,
                      std::size_t most_sites) {
    if (summary.outliers.empty()) return;
    const report::LiveRows typical_rows =
        rows_of(typical.archive.raw(), highest_device(typical, k_peak)->figures.device);
    for (report::Outlier* outlier : worst_of(summary.outliers)) {
        outlier->sites =
            differing_sites(rows_of(outlier->archive.raw(), outlier->device), typical_rows, most_sites);
        outlier->is_explained = true;
    }
}

void find_outliers(report::Summary& summary, const ArchiveSummary& typical) {
    const Spread& spread = summary.totals->peak_requested;
    for (const ArchiveSummary& archive : summary.archives) {
        const DeviceSummary* device = highest_device(archive, k_peak);
        if (device == nullptr || !is_outlier(*device->figures.peak_requested_bytes, spread)) continue;
        summary.outliers.push_back(outlier_of(archive, *device, spread, typical));
    }
}

std::optional<report::UnevenLoad> uneven_ranks(const report::Summary& summary, const ArchiveSummary& typical,
                                               const RowsOf& rows_of) {
    const Spread& spread = summary.totals->peak_requested;
    if (spread.archives < 2 || !is_uneven(spread.most, spread.median)) return std::nullopt;
    const ArchiveSummary& highest = *archive_with(summary, k_peak, spread.most);
    report::UnevenLoad uneven;
    uneven.archive = highest.archive;
    uneven.rank = highest.rank;
    uneven.device = highest_device(highest, k_peak)->figures.device;
    uneven.bytes = spread.most;
    uneven.median_bytes = spread.median;
    uneven.members = spread.archives;
    uneven.sites = largest_sites(rows_of(highest.archive.raw(), uneven.device).rows);
    uneven.typical_sites =
        largest_sites(rows_of(typical.archive.raw(), highest_device(typical, k_peak)->figures.device).rows);
    return uneven;
}

}  // namespace

std::optional<Spread> spread_of(std::vector<std::int64_t> values) {
    if (values.empty()) return std::nullopt;
    Spread spread;
    spread.archives = static_cast<std::int64_t>(values.size());
    spread.least = std::ranges::min(values);
    spread.most = std::ranges::max(values);
    for (const std::int64_t value : values) spread.sum = saturating_add(spread.sum, value);
    spread.median = median_of(values);
    for (std::int64_t& value : values) value = distance_between(value, spread.median);
    spread.mad = median_of(values);
    return spread;
}

bool is_outlier(std::int64_t value, const Spread& spread) {
    const std::int64_t distance = distance_between(value, spread.median);
    return distance / 3 >= spread.mad && distance > 3 * spread.mad && distance > spread.median / 100;
}

void compare_ranks(report::Summary& summary, const RowsOf& rows_of, std::size_t most_sites) {
    report::Totals totals;
    totals.peak_requested = spread_over(summary, &report::DeviceFigures::peak_requested_bytes);
    totals.peak_reserved = spread_over(summary, &report::DeviceFigures::peak_reserved_bytes);
    totals.end_requested = spread_over(summary, &report::DeviceFigures::end_requested_bytes);
    for (const ArchiveSummary& archive : summary.archives) {
        for (const DeviceSummary& device : archive.devices)
            totals.oom_events += device.figures.oom_events.value_or(0);
    }
    summary.totals = totals;
    const ArchiveSummary* typical = archive_with(summary, k_peak, totals.peak_requested.median);
    if (typical == nullptr) return;
    if (summary.archives.size() >= k_fewest_for_outliers) find_outliers(summary, *typical);
    explain_outliers(summary, *typical, rows_of, most_sites);
    summary.uneven = uneven_ranks(summary, *typical, rows_of);
}

void RankRows::add(const ArchiveSummary& archive) {
    for (const DeviceSummary& device : archive.devices) {
        for (const report::LiveRow& row : device.top) add(row, archive);
        if (device.others) add(*device.others, archive);
    }
}

void RankRows::add(const report::LiveRow& row, const ArchiveSummary& archive) {
    const bool is_known =
        row.key != k_other && (m_rows.contains(row.key) || m_rows.size() < k_most_rank_keys);
    report::RankRow& sum = m_rows[is_known ? row.key : UntrustedText(k_other)];
    if (sum.archives == 0) {
        static_cast<report::Key&>(sum) = row;
        if (!is_known) sum.key = sum.label = k_other;
    }
    sum.bytes = saturating_add(sum.bytes, row.bytes);
    sum.count = saturating_add(sum.count, row.count);
    ++sum.archives;
    if (row.bytes <= sum.most_bytes) return;
    sum.most_bytes = row.bytes;
    sum.most_archive = archive.archive;
    sum.most_rank = archive.rank;
}

std::vector<report::RankRow> RankRows::take(std::size_t top) {
    std::vector<report::RankRow> rows;
    for (auto& [key, row] : m_rows) rows.push_back(std::move(row));
    m_rows.clear();
    std::ranges::sort(rows, [](const report::RankRow& a, const report::RankRow& b) {
        return a.bytes != b.bytes ? a.bytes > b.bytes : a.key < b.key;
    });
    if (top > 0 && rows.size() > top) rows.resize(top);
    return rows;
}

}  // namespace snapq::analysis
