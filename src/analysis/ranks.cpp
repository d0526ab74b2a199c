#include "analysis/ranks.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "report/change_reason.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

using report::ArchiveSummary;
using report::DeviceSummary;
using report::MaybeInteger;
using report::Spread;

constexpr std::size_t k_fewest_for_outliers = 3;
constexpr std::size_t k_most_sites = 5;

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
                                                 const report::LiveRows& typical) {
    std::unordered_map<std::string, report::OutlierSite> by_key;
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
    sites.resize(std::min(sites.size(), k_most_sites));
    for (report::OutlierSite& site : sites) site.why = reason_of(site);
    return sites;
}

void find_outliers(report::Summary& summary, const RowsOf& rows_of) {
    constexpr Figure k_peak = &report::DeviceFigures::peak_requested_bytes;
    const Spread& spread = summary.totals->peak_requested;
    const ArchiveSummary* typical = archive_with(summary, k_peak, spread.median);
    if (typical == nullptr) return;
    std::optional<report::LiveRows> typical_rows;
    for (const ArchiveSummary& archive : summary.archives) {
        const DeviceSummary* device = highest_device(archive, k_peak);
        if (device == nullptr || !is_outlier(*device->figures.peak_requested_bytes, spread)) continue;
        if (!typical_rows)
            typical_rows = rows_of(typical->archive, highest_device(*typical, k_peak)->figures.device);
        report::Outlier outlier{archive.archive,
                                archive.rank,
                                device->figures.device,
                                "peak_requested_bytes",
                                *device->figures.peak_requested_bytes,
                                spread,
                                typical->archive,
                                {}};
        outlier.sites = differing_sites(rows_of(archive.archive, outlier.device), *typical_rows);
        summary.outliers.push_back(std::move(outlier));
    }
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

void compare_ranks(report::Summary& summary, const RowsOf& rows_of) {
    report::Totals totals;
    totals.peak_requested = spread_over(summary, &report::DeviceFigures::peak_requested_bytes);
    totals.peak_reserved = spread_over(summary, &report::DeviceFigures::peak_reserved_bytes);
    totals.end_requested = spread_over(summary, &report::DeviceFigures::end_requested_bytes);
    for (const ArchiveSummary& archive : summary.archives) {
        for (const DeviceSummary& device : archive.devices)
            totals.oom_events += device.figures.oom_events.value_or(0);
    }
    summary.totals = totals;
    if (summary.archives.size() >= k_fewest_for_outliers) find_outliers(summary, rows_of);
}

}  // namespace snapq::analysis
