#include "analysis/summary/verdict.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

#include "support/devices.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

using report::Check;
using report::DeviceSummary;
using report::Verdict;

// The figure as a share of its limit; above 1 the check fails.
double share_of_limit(const Check& check) {
    if (*check.limit <= 0) return *check.value > 0 ? std::numeric_limits<double>::infinity() : 0;
    return static_cast<double>(*check.value) / static_cast<double>(*check.limit);
}

// The check of the device that is nearest to its limit. Counts and figures that are not known have no share.
const Check* nearest_limit(const std::vector<Check>& checks, std::int64_t device) {
    const Check* nearest = nullptr;
    for (const Check& check : checks) {
        if (check.device != device || !check.is_bytes || !check.value || !check.limit) continue;
        if (nearest == nullptr || share_of_limit(check) > share_of_limit(*nearest)) nearest = &check;
    }
    return nearest;
}

const report::OomReport* first_oom(const DeviceSummary& device) {
    return device.ooms.empty() ? nullptr : &device.ooms.front();
}

// A smaller value is more serious.
auto order_of(const Verdict& verdict) {
    const auto earliest = verdict.oom && verdict.oom->time_us ? *verdict.oom->time_us
                                                              : std::numeric_limits<std::int64_t>::max();
    const double share = verdict.check ? share_of_limit(*verdict.check) : 0.0;
    const auto bytes = verdict.kind == Verdict::Kind::state ? verdict.figures.end_requested_bytes
                                                            : verdict.figures.peak_requested_bytes;
    return std::make_tuple(verdict.kind, verdict.oom ? earliest : 0, -share, -bytes.value_or(0));
}

void take_oom(Verdict& verdict, const report::OomReport& oom) {
    verdict.kind = Verdict::Kind::out_of_memory;
    verdict.oom = oom;
    verdict.check = std::nullopt;
    verdict.site = oom.site;
    verdict.needed_bytes = oom.short_bytes;
    if (oom.top.empty()) return;
    verdict.whole_bytes = oom.requested_bytes.value_or(0);
    verdict.sites.clear();
    for (const report::OomSite& site : oom.top) {
        if (verdict.sites.size() < report::k_verdict_sites) verdict.sites.push_back(site.row);
    }
}

Verdict verdict_of(const report::ArchiveSummary& archive, const DeviceSummary& device, const Check* limit) {
    Verdict verdict;
    verdict.archive = archive.archive;
    verdict.rank = archive.rank;
    verdict.figures = device.figures;
    verdict.device = device.figures.device;
    verdict.kind = device.figures.has_trace ? Verdict::Kind::peak : Verdict::Kind::state;
    verdict.site = device.peak_site;
    verdict.needed_bytes = device.figures.peak_reserved_bytes;
    verdict.sites = device.peak_sites;
    verdict.whole_bytes = device.figures.peak_requested_bytes.value_or(0);
    if (limit != nullptr) {
        verdict.kind = Verdict::Kind::limit;
        verdict.check = *limit;
    }
    if (const report::OomReport* oom = first_oom(device)) take_oom(verdict, *oom);
    return verdict;
}

}  // namespace

void VerdictSearch::add(const report::ArchiveSummary& archive, const std::vector<Check>& checks) {
    for (const DeviceSummary& device : archive.devices) {
        if (report::counts_in_archive(archive, device)) consider(archive, device, checks);
    }
}

void VerdictSearch::consider(const report::ArchiveSummary& archive, const DeviceSummary& device,
                             const std::vector<Check>& checks) {
    if (!device.ooms.empty()) ++m_devices_with_oom;
    Verdict verdict = verdict_of(archive, device, nearest_limit(checks, device.figures.device));
    if (!m_first || order_of(verdict) < order_of(*m_first)) m_first = std::move(verdict);
}

std::optional<Verdict> VerdictSearch::take() {
    if (m_first && m_first->oom) m_first->other_ooms = m_devices_with_oom - 1;
    return std::exchange(m_first, std::nullopt);
}

bool is_uneven(std::int64_t highest, std::int64_t median) {
    return saturating_subtract(highest, median) > median / 4;
}

std::optional<report::UnevenLoad> uneven_devices(const report::ArchiveSummary& archive) {
    std::vector<const DeviceSummary*> devices;
    for (const DeviceSummary& device : archive.devices) {
        const bool is_accelerator = device.figures.device != k_host_device;
        if (is_accelerator && device.figures.has_trace && device.figures.peak_requested_bytes &&
            !device.is_idle())
            devices.push_back(&device);
    }
    if (devices.size() < 2) return std::nullopt;
    std::ranges::stable_sort(
        devices, {}, [](const DeviceSummary* device) { return *device->figures.peak_requested_bytes; });
    const DeviceSummary& highest = *devices.back();
    const DeviceSummary& median = *devices[(devices.size() - 1) / 2];
    report::UnevenLoad uneven;
    uneven.archive = archive.archive;
    uneven.device = highest.figures.device;
    uneven.bytes = *highest.figures.peak_requested_bytes;
    uneven.median_bytes = *median.figures.peak_requested_bytes;
    uneven.members = static_cast<std::int64_t>(devices.size());
    uneven.sites = highest.peak_sites;
    uneven.typical_sites = median.peak_sites;
    return is_uneven(uneven.bytes, uneven.median_bytes) ? std::optional(std::move(uneven)) : std::nullopt;
}

std::vector<report::LiveRow> largest_sites(const std::vector<report::LiveRow>& rows) {
    const std::size_t count = std::min(rows.size(), report::k_verdict_sites);
    std::vector<report::LiveRow> largest(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count));
    std::erase_if(largest, [](const report::LiveRow& row) { return row.bytes == 0; });
    return largest;
}

}  // namespace snapq::analysis
