// `snapq summary ARCHIVE…`
#include "commands/command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/figures.hpp"
#include "analysis/live_rows.hpp"
#include "analysis/summary/figure_getter.hpp"
#include "analysis/summary/summary.hpp"
#include "analysis/summary/thresholds.hpp"
#include "analysis/summary/verdict.hpp"
#include "commands/archive_argument.hpp"
#include "commands/archive_checks.hpp"
#include "commands/messages.hpp"
#include "commands/options/limit_options.hpp"
#include "commands/options/option_values.hpp"
#include "commands/output.hpp"
#include "commands/rank_reports.hpp"
#include "commands/ranks.hpp"
#include "convert/converter.hpp"
#include "io/temporaries.hpp"
#include "render/checks.hpp"
#include "render/escape.hpp"
#include "render/summary.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

class SummaryCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "summary"; }
    [[nodiscard]] std::string summary() const override {
        return "Show what used the memory and when; check limits in CI";
    }
    void configure(CLI::App& app) override;
    void validate() override;
    int run() override;

private:
    void configure_question(CLI::App& app);
    void configure_output(CLI::App& app);
    void read_grouping();
    void read_tree();
    [[nodiscard]] report::Summary summarize_all(const std::vector<std::string>& paths);
    [[nodiscard]] report::Summary summarize_ranks(const std::vector<std::string>& paths);
    void collect(const report::ArchiveSummary& archive);
    [[nodiscard]] report::ArchiveSummary summarize_one(const std::string& path,
                                                       const analysis::SummaryOptions& options, bool quiet,
                                                       std::vector<report::Check>& checks) const;
    [[nodiscard]] analysis::LiveAt peak_of(archive::Database& database, std::int64_t device) const;
    void write_result(const report::Summary& summary, ResultOutput& output);
    [[nodiscard]] std::string rendered(const report::Summary& summary) const;
    [[nodiscard]] std::string text_for_people(const report::Summary& summary) const;
    [[nodiscard]] std::string checks_for_people(const std::vector<report::Check>& checks) const;

    std::vector<std::string> m_archives;
    std::string m_at = "peak";
    std::string m_by = "site";
    std::string m_across;    // "ranks" or empty
    std::string m_group_by;  // label.KEY or empty
    unsigned m_jobs = convert::default_threads();
    std::string m_window;
    TreeArguments m_tree;
    std::string m_rules;  // a file
    bool m_has_top = false;
    std::string m_device = {};  // a number, "all", or empty: the most serious one
    std::optional<int> m_chart_rows;
    bool m_quiet = false;
    bool m_is_shortened = true;  // the text is limited to about one screen
    std::vector<std::string> m_get;
    bool m_list_get = false;
    ReportOptions m_output;
    // What each archive adds to the result, if there may be too many to keep: its figures for --get, or its
    // JSON.
    std::optional<analysis::FigureGetter> m_getter;
    io::SpilledText m_archives_json;
    analysis::GotFigures m_got;
    analysis::SummaryOptions m_options;
    analysis::Thresholds m_thresholds;
};

constexpr std::string_view k_label_prefix = "label.";
// Bytes for the rows of one archive, because the rows of several archives are in memory at a time.
constexpr std::size_t k_most_row_bytes_of_rank = std::size_t{1} << 20U;

constexpr const char* k_all_devices = "all";

constexpr const char* k_summary_examples =
    "Examples:\n"
    "  snapq summary run.zip                    what was live at the peak, by line\n"
    "  snapq summary oom.pickle --at oom        what was live at the OOM\n"
    "  snapq summary run.zip --by op --at end   by operator, at the end\n"
    "  snapq summary run.zip --window +2s..+5s  the peak in a part of the run\n"
    "  snapq summary run.zip --site-depth 3     by line and its two callers\n"
    "  snapq summary run.zip --by tree --depth 4  the calls, outermost first\n"
    "  snapq summary run.zip --by category --rules my-rules.txt\n"
    "  snapq summary run.zip --get peak_site    one figure for a script\n"
    "  snapq summary ranks/                     all ranks of a job and their differences\n"
    "  snapq summary ranks/ --across ranks      the sites that differ between ranks\n"
    "  snapq summary ranks/ --group-by label.pp   each rank against those with its label\n"
    "  snapq summary run.zip --max-peak 20GiB --no-oom\n"
    "                                           in CI: exit code 1 when a limit is exceeded\n"
    "\n"
    "Moments (--at): peak, reserved-peak, start, end, oom[:N], event:N, +1.5ms (since the\n"
    "first event; us, ms, s, min), time:US (absolute Unix microseconds, as in the trace),\n"
    "timestep:N, span:NAME, span:NAME#N, step:N (from 0).\n"
    "Exit code 1: a limit was exceeded or could not be checked (no trace). Exit code 3:\n"
    "an archive could not be used, or does not have a figure of --get.";

// Peaks of archives that leave out older memory cannot be compared with the others.
void warn_about_preexisting(const report::Summary& summary) {
    const auto freed = std::ranges::count_if(summary.archives, &report::ArchiveSummary::preexisting_freed);
    if (!summary.several || freed == 0) return;
    say("snapq: warning: {} of {} archives were converted with --preexisting freed, which leaves out memory "
        "that was "
        "allocated before recording and never freed\n",
        freed, summary.archives.size());
}

}  // namespace

void SummaryCommand::configure(CLI::App& app) {
    app.add_option("ARCHIVE", m_archives,
                   "Archive or raw snapshot; several, or a directory of them, are the ranks of one job");
    configure_question(app);
    configure_output(app);
    add_threshold_options(app, m_thresholds);
    app.footer(k_summary_examples);
}

void SummaryCommand::configure_question(CLI::App& app) {
    app.add_option("--at", m_at, "Moment to show")->type_name("MOMENT")->capture_default_str();
    app.add_option("--by", m_by,
                   fmt::format("Group by {}; or show the {} of calls", analysis::key_kind_list(),
                               analysis::k_by_tree))
        ->type_name("KEY|tree")
        ->capture_default_str();
    app.add_option("--across", m_across,
                   "Of several archives: what each rank holds, key by key (minimum, median, maximum), and "
                   "which keys explain outliers")
        ->check(one_of({"ranks"}));
    app.add_option("--group-by", m_group_by,
                   "Of several archives: compare ranks with those that have the same label")
        ->type_name("label.KEY");
    add_jobs_option(app, m_jobs, "Archives");
    add_tree_options(app, m_tree);
    app.add_option("--user-prefix", m_options.grouping.user_prefixes,
                   "With --by user-frame: directory of your own code (repeatable)")
        ->type_name("PATH")
        ->allow_extra_args(false);
    add_rules_option(app, m_rules);
    add_stacks_option(app, m_options.stacks);
    add_site_depth_option(app, m_options.grouping.site_depth);
    add_window_option(app, m_window);
    app.add_option("-d,--device", m_device,
                   "Show only this device; host: pinned host memory; all: the details of every device")
        ->transform(device_number_or(k_all_devices))
        ->type_name("N|host|all");
    app.add_option("--top", m_options.top, "Number of rows in the table; 0: all")
        ->transform(whole_number())
        ->capture_default_str()
        ->type_name("N")
        ->each([this](const std::string&) {
            m_is_shortened = false;
            m_has_top = true;
        });
}

void SummaryCommand::configure_output(CLI::App& app) {
    add_report_options(app, m_output);
    app.add_option("--chart", m_chart_rows,
                   "Height of the chart in rows (default: 10, or 1 where the text would have more than 60 "
                   "lines)")
        ->check(one_of({"0", "1", "10"}))
        ->type_name("0|1|10");
    app.add_option("--get", m_get,
                   "Print only these figures, one per line, each the largest over all devices")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("FIGURE[,FIGURE]");
    app.add_flag("--list-get", m_list_get, "List the figures for --get");
    app.add_flag("-q,--quiet", m_quiet, "Print only the verdict, and of the limits only those that fail");
}

void SummaryCommand::validate() {
    if (m_list_get) return;
    check_report_options(m_output);
    if (m_archives.empty()) throw UsageError("ARCHIVE is missing").with_hint("see 'snapq summary --help'");
    m_options.at = analysis::parse_moment(m_at);
    if (!m_group_by.empty() &&
        (!m_group_by.starts_with(k_label_prefix) || m_group_by.size() == k_label_prefix.size()))
        throw_usage("--group-by '{}': expected label.KEY, such as label.host", m_group_by);
    if (!m_group_by.empty() && !m_across.empty()) {
        throw UsageError("--across cannot be combined with --group-by")
            .with_hint("name the archives of one group instead of the directory");
    }
    read_grouping();
    if (!m_window.empty()) m_options.window = analysis::parse_window(m_window);
    if (m_options.window && m_thresholds.max_stranded) {
        throw UsageError("--max-stranded cannot be combined with --window")
            .with_hint("the stranded bytes are known at the peak of the whole trace only");
    }
    if (m_options.window && !m_thresholds.max_category.empty()) {
        throw UsageError("--max-category cannot be combined with --window")
            .with_hint("the categories are known at the peak of the whole trace only");
    }
    const bool has_device = !m_device.empty() && m_device != k_all_devices;
    if (has_device) m_options.device = std::stoll(m_device);
    if (!m_device.empty()) m_is_shortened = false;
    analysis::require_figure_names(m_get);
    // The archives of outliers are opened a second time, which standard input does not allow.
    if (m_archives.size() > 1 && std::ranges::count(m_archives, "-") > 0) {
        throw_usage("standard input ('-') must be the only ARCHIVE");
    }
}

void SummaryCommand::read_grouping() {
    if (m_by == analysis::k_by_tree) return read_tree();
    const auto kind = analysis::key_kind_named(m_by);
    if (!kind) {
        throw_usage("--by '{}': expected one of {}, {}", m_by, analysis::key_kind_list(),
                    analysis::k_by_tree);
    }
    m_options.grouping.by = *kind;
    if (!m_options.grouping.user_prefixes.empty() && *kind != analysis::KeyKind::user_frame) {
        throw_usage("--user-prefix requires --by user-frame");
    }
    check_site_depth(m_options.grouping.site_depth, *kind);
    m_options.grouping.module_depth = module_depth(m_tree, *kind);
}

void SummaryCommand::read_tree() {
    if (!m_across.empty()) throw_usage("--across cannot be combined with --by tree");
    if (m_has_top) {
        throw UsageError("--top cannot be combined with --by tree")
            .with_hint("a tree has --min-share and --depth");
    }
    if (!m_options.grouping.user_prefixes.empty()) throw_usage("--user-prefix requires --by user-frame");
    if (m_options.grouping.site_depth != 1)
        throw_usage("--site-depth requires --by site or user-frame; it cannot be combined with --by tree");
    m_options.tree = tree_options(m_tree, m_options.stacks);
}

report::ArchiveSummary SummaryCommand::summarize_one(const std::string& path,
                                                     const analysis::SummaryOptions& options, bool quiet,
                                                     std::vector<report::Check>& checks) const {
    const archive::ArchiveReader reader = open_archive_argument(path, quiet);
    CheckedSummary checked = summarize_and_check(reader, options,
                                                 {.thresholds = m_thresholds,
                                                  .device = m_options.device,
                                                  .window = m_options.window,
                                                  .rules = m_options.grouping.rules});
    checked.summary.rank = rank_of(reader);
    checks = std::move(checked.checks);
    return std::move(checked.summary);
}

// Outliers are explained by the memory that is live at their peaks.
analysis::LiveAt SummaryCommand::peak_of(archive::Database& database, std::int64_t device) const {
    report::DeviceFigures figures;
    figures.device = device;
    if (m_options.window) figures = analysis::figures_within(*m_options.window, database, figures);
    return analysis::peak_of(m_options.window, figures);
}

// What is kept of an archive of several, besides its figures.
void SummaryCommand::collect(const report::ArchiveSummary& archive) {
    if (m_getter) {
        m_getter->add(archive);
    } else if (m_output.format == "json") {
        if (m_archives_json.size() > 0) m_archives_json.write(",");
        m_archives_json.write(render::archive_json(archive));
    }
}

report::Summary SummaryCommand::summarize_all(const std::vector<std::string>& paths) {
    if (paths.size() > 1 || is_rank_directory(m_archives.front())) return summarize_ranks(paths);
    if (!m_across.empty()) throw_usage("--across {}: there is only one archive", m_across);
    if (!m_group_by.empty()) throw_usage("--group-by {}: there is only one archive", m_group_by);
    report::Summary summary;
    analysis::VerdictSearch verdict;
    summary.archives.push_back(summarize_one(paths.front(), m_options, m_quiet, summary.checks));
    if (m_getter) m_getter->add(summary.archives.front());
    verdict.add(summary.archives.front(), summary.checks);
    summary.verdict = verdict.take();
    summary.uneven = analysis::uneven_devices(summary.archives.front());
    return summary;
}

report::Summary SummaryCommand::summarize_ranks(const std::vector<std::string>& paths) {
    if (m_options.tree) {
        throw UsageError("--by tree shows one archive, not the ranks of a job")
            .with_hint("name the archive of one rank");
    }
    RankSummaryOptions options;
    options.at = m_at;
    options.by = m_by;
    options.top = m_options.top;
    const bool is_shown_whole = m_output.format == "json" && !m_getter;
    options.on_archive = [this](const report::ArchiveSummary& archive) { collect(archive); };
    options.across = !m_across.empty();
    if (!m_group_by.empty()) options.group_by = m_group_by.substr(k_label_prefix.size());
    options.threads = m_jobs;
    const auto summarize = [this, is_shown_whole](const std::string& path, analysis::Moment at) {
        RankSummary rank;
        analysis::SummaryOptions one = m_options;
        one.at = std::move(at);
        one.with_curve = false;
        one.with_details = is_shown_whole;
        if (!m_across.empty()) {
            one.top = 0;
            one.grouping.most_bytes = k_most_row_bytes_of_rank;
        }
        rank.summary = summarize_one(path, one, m_quiet, rank.checks);
        return rank;
    };
    // The rows that explain an outlier are by the key of --by, at its peak.
    const auto rows_of = [this](const std::string& path, std::int64_t device) {
        const archive::ArchiveReader reader = open_archive_argument(path, true);
        if (archive::is_snapviewer(reader.kind())) return report::LiveRows{};
        archive::Database database = reader.open_database();
        return archive::with_own_sql(path, [&] {
            return analysis::live_rows(database, device, peak_of(database, device), m_options.grouping);
        });
    };
    return commands::summarize_ranks(paths, m_options.at, options, summarize, rows_of);
}

void SummaryCommand::write_result(const report::Summary& summary, ResultOutput& output) {
    if (m_getter) {
        m_got = m_getter->take();
        output.write(render::printable_lines(m_got.text));
    } else if (m_output.format == "json" && summary.several) {
        const render::JsonAroundArchives around = render::json_around_archives(summary);
        output.write(around.before);
        m_archives_json.copy_to(output);
        output.write(around.after);
    } else {
        output.write(rendered(summary));
    }
}

std::string SummaryCommand::rendered(const report::Summary& summary) const {
    if (m_output.format == "json") return render::summary_json(summary);
    if (m_output.format == "csv") return render::summary_csv(summary, m_output.formulas());
    if (m_output.format == "markdown") return render::summary_markdown(summary);
    return text_for_people(summary);
}

std::string SummaryCommand::text_for_people(const report::Summary& summary) const {
    const render::TextStyle style = m_output.text_style();
    if (m_quiet) return render::verdict_text(summary, style);
    render::SummaryTextOptions options{.style = style, .chart_rows = m_chart_rows};
    if (m_device == k_all_devices) options.details = render::Details::all;
    if (!m_is_shortened) options.most_lines = std::nullopt;
    return render::summary_text(summary, options);
}

std::string SummaryCommand::checks_for_people(const std::vector<report::Check>& checks) const {
    const bool color = m_output.colors_checks();
    if (!m_quiet) return render::checks_text(checks, color);
    std::vector<report::Check> failed;
    std::ranges::copy_if(checks, std::back_inserter(failed),
                         [](const report::Check& check) { return !check.ok; });
    return render::checks_text(failed, color);
}

int SummaryCommand::run() {
    if (m_output.github) guard_workflow();
    if (m_list_get) {
        standard_output().write(analysis::figure_list_text());
        return 0;
    }
    m_options.grouping.rules = read_rules_file(m_rules);
    check_category_limits(m_thresholds, m_options.grouping.rules.get());
    const std::vector<std::string> paths = expand_archive_arguments(m_archives);
    using Content = render::WorkflowGuard::Content;
    ResultOutput output(m_output.output, m_output.force, paths,
                        m_get.empty() ? m_output.content() : Content::text);
    if (!m_get.empty()) m_getter.emplace(m_get);
    const report::Summary summary = summarize_all(paths);
    write_result(summary, output);
    output.finish();
    warn_about_preexisting(summary);
    say_text(checks_for_people(summary.checks));
    if (m_output.github) report_to_github(summary.checks, render::summary_markdown(summary));
    if (!summary.broken.empty()) {
        std::vector<std::string_view> errors;
        for (const report::BrokenArchive& broken : summary.broken) errors.push_back(broken.error.raw());
        throw InputError(fmt::format("{} of {} archives could not be used: {}", errors.size(),
                                     errors.size() + summary.archives.size(), fmt::join(errors, "; ")));
    }
    if (!m_got.missing.empty()) {
        throw InputError(fmt::format("{}: no device has the figure {}", fmt::join(m_archives, ", "),
                                     fmt::join(m_got.missing, ", ")));
    }
    return report::all_ok(summary.checks) ? 0 : 1;
}

std::unique_ptr<Command> make_summary_command() {
    return std::make_unique<SummaryCommand>();
}

}  // namespace snapq::commands
