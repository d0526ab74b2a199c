#include "commands/summary_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>

#include "analysis/figures.hpp"
#include "analysis/ranks.hpp"
#include "analysis/summary/figure_getter.hpp"
#include "commands/archive_argument.hpp"
#include "commands/github.hpp"
#include "commands/messages.hpp"
#include "commands/options/option_checks.hpp"
#include "commands/options/threshold_options.hpp"
#include "commands/result_output.hpp"
#include "commands/standard_output.hpp"
#include "render/checks.hpp"
#include "render/summary.hpp"
#include "render/text_width.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

constexpr const char* k_summary_examples =
    "Examples:\n"
    "  snapq summary run.zip                    what was live at the peak, by line\n"
    "  snapq summary oom.pickle --at oom        what was live when it ran out\n"
    "  snapq summary run.zip --by op --at end   by operator, at the end\n"
    "  snapq summary run.zip --get peak_site    one bare figure for a script\n"
    "  snapq summary ranks/                     all ranks of a job, what differs\n"
    "  snapq summary run.zip --max-peak 20GiB --no-oom\n"
    "                                           in CI: exit 1 when a limit is crossed\n"
    "\n"
    "Moments (--at): peak, reserved-peak, start, end, oom[:N], event:N, time:US\n"
    "(absolute Unix microseconds, as in the trace), timestep:N, span:NAME.\n"
    "Exit 1: a limit was crossed, or its figure is not known (no trace). Exit 3: an\n"
    "archive could not be used, or does not have the figure that --get asks for.";

// What the checks of a device say about its culprit.
void name_subjects(const report::DeviceSummary& device, std::vector<report::Check>& checks) {
    for (report::Check& check : checks) {
        if (check.name == "max-peak" && device.peak_site)
            check.subject = "reached by " + device.peak_site->label;
        if (check.name == "no-oom" && !device.ooms.empty())
            check.subject = "asked for by " + device.ooms[0].site.label;
    }
}

// What is left out of some peaks makes them no peaks to compare.
void warn_of_mixture(const report::Summary& summary) {
    const auto freed = std::ranges::count_if(summary.archives, &report::ArchiveSummary::preexisting_freed);
    if (!summary.several || freed == 0) return;
    fmt::print(
        stderr,
        "snapq: warning: {} of {} archives were converted with --preexisting freed, which leaves out memory "
        "that was live before recording and never freed\n",
        freed, summary.archives.size());
}

}  // namespace

void SummaryCommand::configure(CLI::App& app) {
    app.add_option(
        "ARCHIVE", m_archives,
        "An archive, or a raw snapshot; several, or a directory of them, are the ranks of one job");
    configure_question(app);
    configure_output(app);
    add_threshold_options(app, m_thresholds);
    app.footer(k_summary_examples);
}

void SummaryCommand::configure_question(CLI::App& app) {
    app.add_option("--at", m_at, "Moment to look at")->type_name("MOMENT")->capture_default_str();
    app.add_option("--by", m_by, "Group by " + analysis::key_kind_list())
        ->type_name("KEY")
        ->capture_default_str();
    app.add_option("--user-prefix", m_options.grouping.user_prefixes,
                   "Paths of your own code begin so, for --by user-frame (repeatable)")
        ->type_name("PATH")
        ->allow_extra_args(false);
    app.add_option("-d,--device", m_device, "One device only")->transform(whole_number())->type_name("N");
    app.add_option("--top", m_options.top, "Rows of the table; 0 for all")
        ->transform(whole_number())
        ->capture_default_str()
        ->type_name("N");
}

void SummaryCommand::configure_output(CLI::App& app) {
    app.add_option("--format", m_format, "text, json, csv or markdown")
        ->check(one_of({"text", "json", "csv", "markdown"}))
        ->capture_default_str();
    app.add_option("--chart", m_chart_rows, "Rows of the chart")
        ->check(one_of({"0", "1", "10"}))
        ->type_name("0|1|10");
    app.add_option("--get", m_get, "Print bare figures, the largest over all devices, a line each")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME[,NAME]");
    app.add_flag("--list-get", m_list_get, "The figures that --get knows");
    app.add_option("-o,--output", m_output, "Write to this file instead, whole or not at all")
        ->type_name("FILE");
    app.add_flag("-f,--force", m_force, "Replace an existing FILE");
    app.add_flag("--github", m_github,
                 "Add ::error lines, and append Markdown to the file named by GITHUB_STEP_SUMMARY");
}

void SummaryCommand::validate() {
    if (m_list_get) return;
    if (m_archives.empty()) throw UsageError("ARCHIVE is missing").with_hint("see 'snapq summary --help'");
    m_options.at = analysis::parse_moment(m_at);
    const auto kind = analysis::key_kind_named(m_by);
    if (!kind) throw_usage("--by '{}': one of {} is expected", m_by, analysis::key_kind_list());
    m_options.grouping.by = *kind;
    if (!m_options.grouping.user_prefixes.empty() && *kind != analysis::KeyKind::user_frame) {
        throw_usage("--user-prefix says what user code is for --by user-frame only");
    }
    m_options.device = m_device;
    analysis::require_figure_names(m_get);
    // Outliers are looked at a second time.
    if (m_archives.size() > 1 && std::ranges::count(m_archives, "-") > 0) {
        throw_usage("standard input ('-') must be the only ARCHIVE");
    }
}

report::ArchiveSummary SummaryCommand::summarize_one(const std::string& path, bool quiet,
                                                     std::vector<report::Check>& checks) const {
    const archive::ArchiveReader reader = open_archive_argument(path, quiet);
    report::ArchiveSummary summary = analysis::summarize(reader, m_options);
    summary.rank = rank_of(reader);
    if (m_thresholds.any()) {
        checks = archive::with_own_sql(path, [&] { return check_devices(reader, summary); });
    }
    return summary;
}

std::vector<report::Check> SummaryCommand::check_devices(const archive::ArchiveReader& reader,
                                                         const report::ArchiveSummary& summary) const {
    if (summary.devices.empty()) return analysis::check_without_device(m_thresholds);
    if (archive::is_snapviewer(reader.kind())) {
        return analysis::check_device(m_thresholds, summary.devices.front().figures, std::nullopt);
    }
    archive::Database database = reader.open_database();
    std::vector<report::Check> checks;
    for (const report::DeviceFigures& figures : analysis::device_figures(database)) {
        if (m_device && *m_device != figures.device) continue;
        std::vector<report::Check> found = analysis::check_device(
            m_thresholds, figures, analysis::fragmentation_at(database, figures.device, "peak"));
        const auto shown = std::ranges::find_if(
            summary.devices, [&](const auto& device) { return device.figures.device == figures.device; });
        if (shown != summary.devices.end()) name_subjects(*shown, found);
        std::ranges::move(found, std::back_inserter(checks));
    }
    return checks;
}

report::Summary SummaryCommand::summarize_all(const std::vector<std::string>& paths) const {
    report::Summary summary;
    summary.several = paths.size() > 1 || is_rank_directory(m_archives.front());
    if (!summary.several) {
        summary.archives.push_back(summarize_one(paths.front(), false, summary.checks));
        return summary;
    }
    for (const std::string& path : paths) {
        std::vector<report::Check> checks;
        try {
            summary.archives.push_back(summarize_one(path, false, checks));
        } catch (const InputError& error) {
            summary.broken.push_back({path, error.in_file(path).what()});
            continue;
        }
        report::ArchiveSummary& archive = summary.archives.back();
        // Nobody draws the courses of many ranks, and there may be thousands.
        for (report::DeviceSummary& device : archive.devices) device.curve = {};
        for (report::Check& check : checks) {
            check.archive = archive.archive;
            check.rank = archive.rank;
        }
        std::ranges::move(checks, std::back_inserter(summary.checks));
    }
    analysis::compare_ranks(summary, [](const std::string& path, std::int64_t device) {
        const archive::ArchiveReader reader = open_archive_argument(path, true);
        if (archive::is_snapviewer(reader.kind())) return report::LiveRows{};
        archive::Database database = reader.open_database();
        return archive::with_own_sql(path, [&] {
            return analysis::live_rows(database, device, {.event = -1, .prepared = "peak"}, {});
        });
    });
    return summary;
}

std::string SummaryCommand::rendered(const report::Summary& summary) const {
    if (m_format == "json") return render::summary_json(summary);
    if (m_format == "csv") return render::summary_csv(summary);
    if (m_format == "markdown") return render::summary_markdown(summary);
    return render::summary_text(summary, {.chart_rows = m_chart_rows});
}

int SummaryCommand::run() {
    if (m_list_get) {
        standard_output().write(analysis::figure_list_text());
        return 0;
    }
    const std::vector<std::string> paths = expand_archive_arguments(m_archives);
    ResultOutput output(m_output, m_force, paths);
    const report::Summary summary = summarize_all(paths);
    analysis::GotFigures got;
    if (!m_get.empty()) got = analysis::get_figures(summary, m_get);
    output.write(m_get.empty() ? rendered(summary) : render::printable_lines(got.text));
    output.finish();
    warn_of_mixture(summary);
    say_text(render::checks_text(summary.checks));
    if (m_github) report_to_github(summary.checks, render::summary_markdown(summary));
    if (!summary.broken.empty()) {
        std::vector<std::string_view> errors;
        for (const report::BrokenArchive& broken : summary.broken) errors.push_back(broken.error);
        throw InputError(fmt::format("{} of {} archives could not be used: {}", errors.size(),
                                     errors.size() + summary.archives.size(), fmt::join(errors, "; ")));
    }
    if (!got.missing.empty()) {
        throw InputError(fmt::format("{}: no device has the figure {}", fmt::join(m_archives, ", "),
                                     fmt::join(got.missing, ", ")));
    }
    return report::all_ok(summary.checks) ? 0 : 1;
}

}  // namespace snapq::commands
