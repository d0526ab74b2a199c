#include "analysis/ranks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "analysis/keys.hpp"
#include "analysis/summary/verdict.hpp"
#include "report/live_rows.hpp"
#include "support/error.hpp"
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

// The figure of an archive is the highest one among its devices. Devices that do not count are skipped.
const DeviceSummary* highest_device(const ArchiveSummary& archive, Figure figure) {
    const DeviceSummary* highest = nullptr;
    for (const DeviceSummary& device : archive.devices) {
        if (!(device.figures.*figure) || !report::counts_in_archive(archive, device)) continue;
        if (highest == nullptr || *(device.figures.*figure) > *(highest->figures.*figure)) highest = &device;
    }
    return highest;
}

// The archives that are compared with each other.
using Members = std::vector<const ArchiveSummary*>;

Members all_of(const report::Summary& summary) {
    Members all;
    for (const ArchiveSummary& archive : summary.archives) all.push_back(&archive);
    return all;
}

Spread spread_over(const Members& members, Figure figure) {
    std::vector<std::int64_t> values;
    for (const ArchiveSummary* archive : members) {
        if (const DeviceSummary* device = highest_device(*archive, figure))
            values.push_back(*(device->figures.*figure));
    }
    return spread_of(std::move(values)).value_or(Spread{});
}

const ArchiveSummary* archive_with(const Members& members, Figure figure, std::int64_t value) {
    for (const ArchiveSummary* archive : members) {
        const DeviceSummary* device = highest_device(*archive, figure);
        if (device != nullptr && device->figures.*figure == value) return archive;
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

// The rows of the archives at the median. Each archive is read once.
class TypicalRows {
public:
    TypicalRows(const report::Summary& summary, const RowsOf& rows_of)
        : m_summary(summary), m_rows_of(rows_of) {}

    const report::LiveRows& of(const UntrustedText& archive) {
        const auto [rows, is_new] = m_rows.try_emplace(archive);
        if (!is_new) return rows->second;
        const auto& typical = *std::ranges::find(m_summary.archives, archive, &ArchiveSummary::archive);
        rows->second = m_rows_of(archive.raw(), highest_device(typical, k_peak)->figures.device);
        return rows->second;
    }

private:
    const report::Summary& m_summary;
    const RowsOf& m_rows_of;
    std::unordered_map<UntrustedText, report::LiveRows> m_rows;
};

void explain_outliers(report::Summary& summary, const RowsOf& rows_of, std::size_t most_sites) {
    TypicalRows typical(summary, rows_of);
    for (report::Outlier* outlier : worst_of(summary.outliers)) {
        const report::LiveRows& typical_rows = typical.of(outlier->typical_archive);
        outlier->sites =
            differing_sites(rows_of(outlier->archive.raw(), outlier->device), typical_rows, most_sites);
        outlier->is_explained = true;
    }
}

// Returns the number of outliers.
std::int64_t find_outliers(report::Summary& summary, const Members& members, const Spread& spread,
                           const std::optional<UntrustedText>& group = std::nullopt) {
    const ArchiveSummary* typical = archive_with(members, k_peak, spread.median);
    if (typical == nullptr || members.size() < k_fewest_for_outliers) return 0;
    const std::size_t before = summary.outliers.size();
    for (const ArchiveSummary* archive : members) {
        const DeviceSummary* device = highest_device(*archive, k_peak);
        if (device == nullptr || !is_outlier(*device->figures.peak_requested_bytes, spread)) continue;
        summary.outliers.push_back(outlier_of(*archive, *device, spread, *typical));
        summary.outliers.back().group = group;
    }
    return static_cast<std::int64_t>(summary.outliers.size() - before);
}

std::int64_t oom_events_of(const Members& members) {
    std::int64_t events = 0;
    for (const ArchiveSummary* archive : members) {
        for (const DeviceSummary& device : archive->devices) events += device.figures.oom_events.value_or(0);
    }
    return events;
}

// Sorts numbers by their value, and before texts.
struct ByNumber {
    static std::pair<std::optional<std::int64_t>, std::string_view> order_of(const UntrustedText& value) {
        const std::string& text = value.raw();
        std::int64_t number = 0;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool is_number = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
        return {is_number ? std::optional(number) : std::nullopt, text};
    }
    bool operator()(const UntrustedText& a, const UntrustedText& b) const {
        const auto [number_a, text_a] = order_of(a);
        const auto [number_b, text_b] = order_of(b);
        if (number_a.has_value() != number_b.has_value()) return number_a.has_value();
        return number_a != number_b ? number_a < number_b : text_a < text_b;
    }
};

[[noreturn]] void throw_no_label(const report::Summary& summary) {
    std::set<std::string> labels;
    for (const ArchiveSummary& archive : summary.archives) {
        for (const auto& [key, value] : archive.labels) labels.insert(key.raw());
    }
    UsageError error(fmt::format("--group-by label.{}: no archive has this label", summary.group_by));
    if (!labels.empty()) error.with_hint(fmt::format("there are {}", fmt::join(labels, ", ")));
    throw error;
}

report::RankGroup compare_group(report::Summary& summary, const Members& members,
                                std::optional<UntrustedText> value) {
    report::RankGroup group;
    group.value = std::move(value);
    group.peak_requested = spread_over(members, k_peak);
    if (const ArchiveSummary* most = archive_with(members, k_peak, group.peak_requested.maximum))
        group.most = {most->archive, most->rank};
    group.outliers = find_outliers(summary, members, group.peak_requested, group.value);
    group.oom_events = oom_events_of(members);
    return group;
}

void compare_groups(report::Summary& summary) {
    std::map<UntrustedText, Members, ByNumber> by_value;
    Members without_label;
    for (const ArchiveSummary& archive : summary.archives) {
        const auto label = archive.labels.find(UntrustedText(summary.group_by));
        (label == archive.labels.end() ? without_label : by_value[label->second]).push_back(&archive);
    }
    if (by_value.empty() && !without_label.empty()) throw_no_label(summary);
    for (const auto& [value, members] : by_value)
        summary.groups.push_back(compare_group(summary, members, value));
    if (!without_label.empty()) summary.groups.push_back(compare_group(summary, without_label, std::nullopt));
}

std::optional<report::UnevenLoad> uneven_ranks(const report::Summary& summary, const ArchiveSummary& typical,
                                               const RowsOf& rows_of) {
    const Spread& spread = summary.totals->peak_requested;
    if (spread.archives < 2 || !is_uneven(spread.maximum, spread.median)) return std::nullopt;
    const ArchiveSummary& highest = *archive_with(all_of(summary), k_peak, spread.maximum);
    report::UnevenLoad uneven;
    uneven.archive = highest.archive;
    uneven.rank = highest.rank;
    uneven.device = highest_device(highest, k_peak)->figures.device;
    uneven.bytes = spread.maximum;
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
    spread.minimum = std::ranges::min(values);
    spread.maximum = std::ranges::max(values);
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
    const Members all = all_of(summary);
    totals.peak_requested = spread_over(all, k_peak);
    totals.peak_reserved = spread_over(all, &report::DeviceFigures::peak_reserved_bytes);
    totals.end_requested = spread_over(all, &report::DeviceFigures::end_requested_bytes);
    totals.oom_events = oom_events_of(all);
    summary.totals = totals;
    if (summary.group_by.empty()) {
        find_outliers(summary, all, totals.peak_requested);
    } else {
        compare_groups(summary);
    }
    explain_outliers(summary, rows_of, most_sites);
    const ArchiveSummary* typical = archive_with(all, k_peak, totals.peak_requested.median);
    if (typical != nullptr && summary.group_by.empty())
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
        const report::Key& key = row;
        static_cast<report::Key&>(sum) = key;
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
