// `snapq diff BASE [NEW]`
#include "commands/command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/diff/diff.hpp"
#include "commands/archive_argument.hpp"
#include "commands/messages.hpp"
#include "commands/options/limit_options.hpp"
#include "commands/options/option_values.hpp"
#include "commands/output.hpp"
#include "commands/rank_reports.hpp"
#include "commands/ranks.hpp"
#include "convert/converter.hpp"
#include "io/temporaries.hpp"
#include "render/checks.hpp"
#include "render/diff.hpp"
#include "render/escape.hpp"
#include "report/diff_report.hpp"
#include "support/error.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::commands {
namespace {

class DiffCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "diff"; }
    [[nodiscard]] std::string summary() const override {
        return "Compare two archives, or two moments of one archive";
    }
    void configure(CLI::App& app) override;
    void validate() override;
    int run() override;

private:
    void configure_matching(CLI::App& app);
    void configure_output(CLI::App& app);
    void configure_limits(CLI::App& app);
    void read_grouping();
    void read_tree();
    void read_moments();
    [[nodiscard]] bool base_is_missing() const;
    // Throws InputError unless --missing-base allows it.
    void accept_missing_base() const;
    [[nodiscard]] report::DiffReport compare() const;
    [[nodiscard]] render::DiffStyle report_style() const;
    [[nodiscard]] std::string rendered(const report::DiffReport& report) const;
    void print_warnings(const report::DiffReport& report) const;
    // Whether BASE and NEW are directories of ranks.
    [[nodiscard]] bool compares_ranks() const;
    int run_ranks();
    [[nodiscard]] report::RanksDiff compare_ranks(const PairedRanks& ranks);
    // What is kept of a rank, besides its figures.
    void collect(const report::RankDiff& rank);
    void write_result(const report::RanksDiff& diff, ResultOutput& output) const;
    void print_warnings(const report::RanksDiff& diff) const;

    std::string m_base;
    std::string m_newer;
    std::string m_by;
    std::string m_at = "peak";
    std::string m_at_base;
    std::string m_at_new;
    std::string m_rules;  // a file
    std::string m_window;
    TreeArguments m_tree;
    std::optional<std::size_t> m_top;
    ReportOptions m_output;
    bool m_quiet = false;
    std::string m_missing_base = "fail";
    unsigned m_jobs = convert::default_threads();
    io::SpilledText m_ranks_text;  // the JSON or CSV of all ranks, of which there may be too many to keep
    analysis::DiffOptions m_options;
};

constexpr const char* k_diff_examples =
    "Examples:\n"
    "  snapq diff main.zip branch.zip                    what the branch costs, by site\n"
    "  snapq diff main.zip branch.zip --max-growth 5%,512MiB   exit 1 when the peak grew by more than both "
    "limits\n"
    "  snapq diff main.zip branch.zip --missing-base ok --github   in CI, including the first run\n"
    "  snapq diff run.zip --at-base start --at-new end   what was not freed\n"
    "  snapq diff run.zip --at-base span:step1 --at-new span:step2\n"
    "  snapq diff old.zip new.zip --by function          functions with their lines\n"
    "  snapq diff old.zip new.zip --by stack             whole stacks; moved lines still match\n"
    "  snapq diff old.zip new.zip --by tree --depth 4    the calls, with the growth of each\n"
    "  snapq diff main/ branch/                          rank 0 with rank 0, rank 1 with rank 1, ...\n"
    "  snapq diff a.zip b.zip --strip-prefix '/home/[^/]+/'    checkouts in different directories\n"
    "\n"
    "By site and user-frame, rows are lines; --by function shows functions with their lines.\n"
    "Lines match within their function (same file and name). If both sides have the same\n"
    "lines there, as two moments of one archive do, equal numbers match. Otherwise lines\n"
    "keep their order, and the pairing that explains most bytes by the fewest shifts is\n"
    "taken; equal bytes and equal operators count more. A moved line shows '22 → 25'.\n"
    "Process and counter of notebook cells do not matter.\n"
    "\n"
    "MOMENT: peak, reserved-peak, start, end, oom[:N], event:N, timestep:N, span:NAME,\n"
    "span:NAME#N, step:N (from 0), +1.5ms (since the first event; us, ms, s, min), or\n"
    "time:US in absolute Unix microseconds, as in the trace.\n"
    "SIZE: 512MiB, 1.5GiB, 20GB, 20000000000.\n"
    "Exit code 1: a limit was exceeded or could not be checked (no trace).";

}  // namespace

void DiffCommand::configure(CLI::App& app) {
    app.add_option("BASE", m_base,
                   "Archive to compare with, or a directory of ranks; a raw snapshot is converted first")
        ->required();
    app.add_option("NEW", m_newer, "Archive to compare (default: BASE, at another moment)");
    configure_matching(app);
    configure_output(app);
    configure_limits(app);
    app.footer(k_diff_examples);
}

void DiffCommand::configure_matching(CLI::App& app) {
    app.add_option("--by", m_by,
                   fmt::format("Group rows by {} (default: site); or show the {} of calls",
                               analysis::key_kind_list(), analysis::k_by_tree))
        ->type_name("KEY|tree");
    app.add_flag("--exact", m_options.exact, "Compare whole stacks, including C++ frames and line numbers");
    app.add_option("--strip-prefix", m_options.strip_prefix,
                   "Regular expression (RE2) to remove from the beginning of file names on both sides")
        ->type_name("REGEX");
    app.add_option("--user-prefix", m_options.user_prefixes,
                   "With --by user-frame: directory of your own code (repeatable)")
        ->allow_extra_args(false)
        ->type_name("PATH");
    add_rules_option(app, m_rules);
    add_stacks_option(app, m_options.stacks);
    app.add_option("--at", m_at, "Moment to compare")->type_name("MOMENT")->capture_default_str();
    app.add_option("--at-base", m_at_base, "Moment in BASE (default: --at)")->type_name("MOMENT");
    app.add_option("--at-new", m_at_new, "Moment in NEW (default: --at)")->type_name("MOMENT");
    add_site_depth_option(app, m_options.site_depth);
    add_tree_options(app, m_tree);
    add_window_option(app, m_window);
    app.add_option("-d,--device", m_options.device, "Compare only this device; host: pinned host memory")
        ->transform(device_number())
        ->type_name("N|host");
}

void DiffCommand::configure_output(CLI::App& app) {
    add_report_options(app, m_output);
    app.add_option("--top", m_top,
                   "Number of rows to show; the rest is summed up; 0: all (default: 10, markdown 15, json "
                   "and csv all)")
        ->transform(whole_number())
        ->type_name("N");
    add_jobs_option(app, m_jobs, "Of two directories: pairs of ranks");
    app.add_flag("-q,--quiet", m_quiet, "Print no notes and warnings");
}

void DiffCommand::configure_limits(CLI::App& app) {
    analysis::DiffLimits& limits = m_options.limits;
    add_growth_option(
        app, "--max-growth", limits.max_growth,
        "Exit code 1 when the peak of requested bytes grew by more; of two limits the larger one applies. At "
        "other moments than the peak: the bytes live at that moment");
    add_growth_option(app, "--max-reserved-growth", limits.max_reserved_growth,
                      "The same for reserved bytes");
    add_size_option(app, "--max-row-growth", limits.max_row_growth, "Exit code 1 when any row grew by more");
    app.add_flag("--allow-no-trace", limits.allow_no_trace,
                 "Without a trace, check the state at the dump instead of failing");
    app.add_option(
           "--missing-base", m_missing_base,
           "When BASE does not exist: fail with exit code 3, or ok: warn and show only NEW, exit code 0")
        ->check(one_of({"ok", "fail"}))
        ->capture_default_str();
}

void DiffCommand::read_grouping() {
    if (m_by == analysis::k_by_tree) return read_tree();
    const auto by = analysis::key_kind_named(m_by.empty() ? (m_options.exact ? "stack" : "site") : m_by);
    if (!by) {
        throw UsageError(fmt::format("--by '{}': unknown key", m_by))
            .with_hint(fmt::format("keys are {}, {}", analysis::key_kind_list(), analysis::k_by_tree));
    }
    m_options.by = *by;
    if (m_options.exact && *by != analysis::KeyKind::stack) {
        throw_usage("--exact compares whole stacks; it cannot be combined with --by {}", m_by);
    }
    if (!m_options.user_prefixes.empty() && *by != analysis::KeyKind::user_frame) {
        throw_usage("--user-prefix requires --by user-frame");
    }
    check_site_depth(m_options.site_depth, *by);
    m_options.module_depth = module_depth(m_tree, *by);
    if (!m_rules.empty() && *by != analysis::KeyKind::category) throw_usage("--rules requires --by category");
}

// Without lines, so that lines may move from version to version.
void DiffCommand::read_tree() {
    const auto refuse = [](bool given, std::string_view option) {
        if (given) throw_usage("{} cannot be combined with --by tree", option);
    };
    refuse(m_top.has_value(), "--top");
    refuse(m_options.exact, "--exact");
    refuse(m_options.site_depth != 1, "--site-depth");
    refuse(!m_options.user_prefixes.empty(), "--user-prefix");
    refuse(!m_rules.empty(), "--rules");
    refuse(m_options.limits.max_row_growth.has_value(), "--max-row-growth");
    m_options.tree = tree_options(m_tree, m_options.stacks);
    m_options.stacks = analysis::StackFrames::none;
}

void DiffCommand::validate() {
    check_report_options(m_output);
    read_grouping();
    if (m_top == std::size_t{0}) m_top = std::numeric_limits<std::size_t>::max();
    constexpr std::size_t k_rows_with_stacks = 10;  // as many as text shows
    if (m_output.format == "text") m_options.stack_rows = m_top.value_or(k_rows_with_stacks);
    read_moments();
    if (m_newer.empty() && m_options.at_base == m_options.at_new) {
        throw UsageError("nothing to compare: give NEW, or two moments of BASE")
            .with_hint("two moments: --at-base start --at-new end");
    }
}

void DiffCommand::read_moments() {
    if (!m_window.empty()) m_options.window = analysis::parse_window(m_window);
    m_options.at_base = analysis::parse_moment(m_at_base.empty() ? m_at : m_at_base);
    m_options.at_new = analysis::parse_moment(m_at_new.empty() ? m_at : m_at_new);
}

bool DiffCommand::base_is_missing() const {
    std::error_code failure;
    return m_base != "-" &&
           std::filesystem::status(m_base, failure).type() == std::filesystem::file_type::not_found;
}

void DiffCommand::accept_missing_base() const {
    if (m_missing_base != "ok") {
        if (m_output.github) report_to_github({}, render::no_base_markdown(m_base));
        InputError error(m_base, "no such file");
        error.with_hint("restore the base first, or allow a run without one: --missing-base ok");
        throw error;
    }
    if (m_quiet) return;
    const std::string warning = render::no_base_warning(m_base, is_github_actions());
    is_github_actions() ? say_annotations(warning) : say_text(warning);
}

report::DiffReport DiffCommand::compare() const {
    if (m_newer.empty()) {
        const archive::ArchiveReader archive = open_archive_argument(m_base, m_quiet);
        return analysis::diff_archives(&archive, archive, m_options);
    }
    if (base_is_missing()) {
        accept_missing_base();
        return analysis::diff_archives(nullptr, open_archive_argument(m_newer, m_quiet), m_options);
    }
    const archive::ArchiveReader base = open_archive_argument(m_base, m_quiet);
    const archive::ArchiveReader newer = open_archive_argument(m_newer, m_quiet);
    return analysis::diff_archives(&base, newer, m_options);
}

render::DiffStyle DiffCommand::report_style() const {
    return {.top = m_top, .color = m_output.text_style().color, .formulas = m_output.formulas()};
}

std::string DiffCommand::rendered(const report::DiffReport& report) const {
    const render::DiffStyle style = report_style();
    if (m_output.format == "json") return render::diff_json(report, style);
    if (m_output.format == "csv") return render::diff_csv(report, style);
    if (m_output.format == "markdown") return render::diff_markdown(report, style);
    return render::diff_text(report, style);
}

void DiffCommand::collect(const report::RankDiff& rank) {
    const render::DiffStyle style = report_style();
    if (m_output.format == "json") {
        if (m_ranks_text.size() > 0) m_ranks_text.write(",");
        m_ranks_text.write(render::rank_diff_json(rank, style));
    } else if (m_output.format == "csv") {
        m_ranks_text.write(render::rank_diff_csv(rank, style));
    }
}

void DiffCommand::write_result(const report::RanksDiff& diff, ResultOutput& output) const {
    if (m_output.format == "json") {
        const render::JsonAroundRanks around = render::json_around_ranks(diff);
        output.write(around.before);
        m_ranks_text.copy_to(output);
        output.write(around.after);
    } else if (m_output.format == "csv") {
        output.write(render::ranks_diff_csv_header());
        m_ranks_text.copy_to(output);
    } else if (m_output.format == "markdown") {
        output.write(render::ranks_diff_markdown(diff, report_style()));
    } else {
        output.write(render::ranks_diff_text(diff, report_style()));
    }
}

// Prints nothing if the text on standard output already contains the warnings.
void DiffCommand::print_warnings(const report::DiffReport& report) const {
    if (m_quiet || (m_output.format == "text" && m_output.output.empty())) return;
    for (const UntrustedText& warning : report.warnings)
        say("snapq: warning: {}\n", render::printable(warning));
}

// Of all ranks. Text on standard output has those of the rank that changed most.
void DiffCommand::print_warnings(const report::RanksDiff& diff) const {
    if (m_quiet) return;
    for (const report::RanksWarning& warning : diff.warnings) {
        say("snapq: warning: {}{}\n", render::printable(warning.text),
            diff.ranks.size() > 1 ? fmt::format(" ({} of {} ranks)", warning.ranks, diff.ranks.size()) : "");
    }
}

bool DiffCommand::compares_ranks() const {
    if (!m_newer.empty() && !is_rank_directory(m_newer)) return false;
    return is_rank_directory(m_base) || (!m_newer.empty() && base_is_missing());
}

report::RanksDiff DiffCommand::compare_ranks(const PairedRanks& ranks) {
    // The rows of a rank are in memory until it is its turn.
    constexpr std::size_t k_rows_of_rank = 15;
    RanksDiffOptions options;
    options.pair = m_options;
    options.top = m_top.value_or(k_rows_of_rank);
    options.quiet = m_quiet;
    options.threads = m_jobs;
    options.on_rank = [this](const report::RankDiff& rank) { collect(rank); };
    return diff_ranks(m_base, m_newer.empty() ? m_base : m_newer, ranks, options);
}

int DiffCommand::run_ranks() {
    if (m_options.tree) {
        throw UsageError("--by tree compares two archives, not the ranks of two jobs")
            .with_hint("name the archives of one rank");
    }
    if (base_is_missing()) {
        accept_missing_base();
        return 0;
    }
    const std::string& newer = m_newer.empty() ? m_base : m_newer;
    const PairedRanks ranks = pair_ranks(m_base, newer);
    const analysis::DiffLimits& limits = m_options.limits;
    const bool has_limits = limits.max_growth || limits.max_reserved_growth || limits.max_row_growth;
    if (has_limits && !ranks.only_new.empty() && m_missing_base != "ok") {
        InputError error(ranks.only_new.front().archive.raw(), fmt::format("has no partner in {}", m_base));
        error.with_hint("ranks without a base pass no limit; --missing-base ok leaves them out");
        throw error;
    }
    ResultOutput output(m_output.output, m_output.force, {m_base, newer}, m_output.content());
    const report::RanksDiff diff = compare_ranks(ranks);
    write_result(diff, output);
    output.finish();
    print_warnings(diff);
    say_text(render::checks_text(diff.checks, m_output.colors_checks()));
    if (m_output.github) {
        report_to_github(diff.checks, render::ranks_diff_markdown(diff, {.top = m_top}));
    }
    if (!diff.broken.empty()) {
        throw InputError(fmt::format("{} of {} ranks could not be compared: {}", diff.broken.size(),
                                     ranks.pairs.size(), fmt::join(raw_texts(diff.broken), "; ")));
    }
    if (diff.ranks.empty()) throw InputError("there is nothing to compare: no rank is in both directories");
    return report::all_ok(diff.checks) ? 0 : 1;
}

int DiffCommand::run() {
    if (m_output.github) guard_workflow();
    m_options.rules = read_rules_file(m_rules);
    if (compares_ranks()) return run_ranks();
    ResultOutput output(m_output.output, m_output.force, {m_base, m_newer}, m_output.content());
    const report::DiffReport report = compare();
    output.write(rendered(report));
    output.finish();
    print_warnings(report);
    say_text(render::checks_text(report.checks, m_output.colors_checks()));
    if (m_output.github) {
        report_to_github(report.checks, render::diff_markdown(report, {.top = m_top}));
    }
    return report::all_ok(report.checks) ? 0 : 1;
}

std::unique_ptr<Command> make_diff_command() {
    return std::make_unique<DiffCommand>();
}

}  // namespace snapq::commands
