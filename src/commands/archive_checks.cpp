#include "commands/archive_checks.hpp"

#include <algorithm>
#include <iterator>

#include "analysis/categories.hpp"
#include "analysis/figures.hpp"
#include "analysis/row_access.hpp"
#include "support/devices.hpp"

namespace snapq::commands {
namespace {

// Adds the responsible line of code to the checks of a device.
void name_subjects(const report::DeviceSummary& device, std::vector<report::Check>& checks) {
    for (report::Check& check : checks) {
        if (check.name == "max-peak" && device.peak_site)
            check.subject = "reached by " + device.peak_site->label.raw();
        if (check.name == "no-oom" && !device.ooms.empty())
            check.subject = "requested by " + device.ooms[0].site.label.raw();
    }
}

// The figures with the peaks inside the window. If a device does not have the window, its peak is not known,
// so its limits cannot be checked.
report::DeviceFigures windowed(const std::optional<analysis::Window>& window, archive::Database& database,
                               const report::DeviceFigures& figures) {
    if (!window) return figures;
    const bool has_window = analysis::find_event(window->from, database, figures.device) &&
                            analysis::find_event(window->to, database, figures.device);
    if (has_window) return analysis::figures_within(*window, database, figures);
    report::DeviceFigures unknown = figures;
    unknown.peak_requested_bytes = unknown.peak_reserved_bytes = std::nullopt;
    return unknown;
}

// The categories at the peak, which --max-category limits. nullopt: the archive has no categories, or there
// is no such limit.
analysis::MaybeCategories limited_categories(const CheckOptions& options, archive::Database& database,
                                             const report::DeviceFigures& figures) {
    if (options.thresholds.max_category.empty()) return std::nullopt;
    if (!options.rules) return analysis::categories_at(database, figures.device, "peak");
    const analysis::Grouping grouping{.rules = options.rules};
    std::vector<bool> used_rules;
    return analysis::ruled_categories_at(database, figures.device, analysis::peak_of(std::nullopt, figures),
                                         grouping, used_rules);
}

std::vector<report::Check> check_devices(archive::Database& database, const report::ArchiveSummary& summary,
                                         const CheckOptions& options) {
    const analysis::Thresholds& thresholds = options.thresholds;
    const std::vector<report::DeviceFigures> devices = analysis::device_figures(database);
    std::vector<report::Check> checks;
    bool is_checked = false;
    for (const report::DeviceFigures& figures : devices) {
        // Limits apply to accelerators, unless the user selects the host.
        if (options.device ? *options.device != figures.device : figures.device == k_host_device) continue;
        is_checked = true;
        std::vector<report::Check> found =
            analysis::check_device(thresholds, windowed(options.window, database, figures),
                                   analysis::fragmentation_at(database, figures.device, "peak"),
                                   limited_categories(options, database, figures));
        const auto shown = std::ranges::find_if(
            summary.devices, [&](const auto& device) { return device.figures.device == figures.device; });
        if (shown != summary.devices.end()) name_subjects(*shown, found);
        std::ranges::move(found, std::back_inserter(checks));
    }
    if (!is_checked) checks = analysis::check_without_device(thresholds);
    const auto host = std::ranges::find(devices, k_host_device, &report::DeviceFigures::device);
    std::ranges::move(analysis::check_host(thresholds, host == devices.end() ? nullptr : &*host),
                      std::back_inserter(checks));
    return checks;
}

}  // namespace

CheckedSummary summarize_and_check(const archive::ArchiveReader& archive,
                                   const analysis::SummaryOptions& options, const CheckOptions& checks) {
    const bool has_checks = checks.thresholds.any();
    CheckedSummary result;
    if (archive::is_snapviewer(archive.kind())) {
        result.summary = analysis::summarize(archive, options);
        if (has_checks) {
            result.checks = analysis::check_device(checks.thresholds, result.summary.devices.front().figures,
                                                   std::nullopt);
        }
        return result;
    }
    archive::Database database = analysis::naming_archive(archive.path(), [&] {
        return archive::with_own_sql(archive.path(), [&] { return archive.open_database(); });
    });
    result.summary = analysis::summarize(archive, database, options);
    if (has_checks) {
        result.checks = archive::with_own_sql(
            archive.path(), [&] { return check_devices(database, result.summary, checks); });
    }
    return result;
}

}  // namespace snapq::commands
