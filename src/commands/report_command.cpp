// `snapq report ARCHIVE… [-o OUT.html]`
#include "commands/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/diff/diff.hpp"
#include "analysis/summary/summary.hpp"
#include "analysis/summary/verdict.hpp"
#include "commands/archive_argument.hpp"
#include "commands/archive_checks.hpp"
#include "commands/convert_targets.hpp"
#include "commands/existing_output.hpp"
#include "commands/messages.hpp"
#include "commands/options/limit_options.hpp"
#include "commands/options/option_values.hpp"
#include "commands/output.hpp"
#include "commands/rank_reports.hpp"
#include "commands/ranks.hpp"
#include "page/html_writer.hpp"
#include "page/report_page.hpp"
#include "render/checks.hpp"
#include "render/diff.hpp"
#include "render/escape.hpp"
#include "render/summary.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::commands {
namespace {

class ReportCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "report"; }
    [[nodiscard]] std::string summary() const override {
        return "Write one HTML file that shows everything, without a network";
    }
    void configure(CLI::App& app) override;
    void validate() override;
    int run() override;

private:
    void configure_content(CLI::App& app);
    void configure_output(CLI::App& app);
    // What a page is made of. It is read once, because the page may be written several times.
    struct Content {
        std::vector<archive::ArchiveReader> archives;  // the one that is shown and its base; ranks: none
        std::vector<std::string> ranks;                // the archives whose curves are shown
        report::Summary summary;
        page::PageTexts texts;
    };
    [[nodiscard]] Content read_archives() const;
    [[nodiscard]] Content read_ranks(const std::vector<std::string>& paths) const;
    void add_archives(page::ReportPage& page, const Content& content);
    // Writes the page, again with less of the allocations while it is larger than --max-bytes. Returns its
    // size in bytes.
    std::uint64_t write(PageOutput& output, page::Mode mode, const Content& content);
    // Throws InputError for an archive of SnapViewer's converter.
    [[nodiscard]] archive::ArchiveReader open(const std::string& path, bool quiet) const;
    // `with_sentences`: also what the page says of the archive in sentences.
    [[nodiscard]] report::Summary summarize(const archive::ArchiveReader& archive,
                                            bool with_sentences = true) const;
    [[nodiscard]] report::Summary summarize_ranks(const std::vector<std::string>& paths) const;
    [[nodiscard]] static page::PageTexts texts_of(const report::Summary& summary);
    [[nodiscard]] std::string diff_json(const archive::ArchiveReader& base,
                                        const archive::ArchiveReader& newer) const;
    void say_left_out() const;
    // `ranks`: how many archives the page is about, if they are the ranks of a job.
    void say_done(const std::string& output, std::uint64_t bytes, std::optional<std::size_t> ranks) const;
    void say_left_out_ranks(std::size_t ranks) const;

    std::vector<std::string> m_archives;
    std::string m_base;
    std::string m_range;
    std::string m_output;  // empty: next to the archive; "-": standard output
    std::optional<std::int64_t> m_max_bytes;
    bool m_force = false;
    bool m_quiet = false;
    CheckOptions m_checks;
    page::PageOptions m_page;
    analysis::NameOptions m_name_options;
    std::unique_ptr<const analysis::ShownNames> m_names;
    std::vector<page::ShownDevice> m_shown;  // of the archive that is shown completely
};

constexpr const char* k_report_examples =
    "Examples:\n"
    "  snapq report run.zip                        writes run.html next to it\n"
    "  snapq report oom.pickle -o oom.html         a raw snapshot is converted first\n"
    "  snapq report branch.zip --base main.zip     what changed, with both curves\n"
    "  snapq report ranks/                         all ranks of a job on one page\n"
    "  snapq report run.zip --range step:3..step:5 exactly a part of a long recording\n"
    "  snapq report run.zip --no-paths             for a page that leaves the house\n"
    "  snapq report run.zip --max-peak 20GiB       in CI: the page, and exit code 1 above it\n"
    "\n"
    "The page opens from the disk in any browser of 2023 or later and loads nothing. It appears\n"
    "complete or not at all.\n"
    "MOMENT: peak, reserved-peak, start, end, oom[:N], event:N, +1.5ms, time:US, timestep:N,\n"
    "span:NAME, span:NAME#N, step:N (from 0).\n"
    "Exit code 1: a limit was exceeded or could not be checked (no trace).";

// Each has a picture of its own on the page, and about 10 KiB of figures.
constexpr std::size_t k_most_shown_ranks = 512;

std::string shown_name(const std::string& path) {
    return path == "-" ? "standard input" : own_name(path);
}

std::string first_screen_of(const report::Summary& summary) {
    constexpr std::size_t k_columns = 100;
    return render::summary_text(summary, {.style = {.width = k_columns}});
}

}  // namespace

void ReportCommand::configure(CLI::App& app) {
    app.add_option("ARCHIVE", m_archives,
                   "Archive or raw snapshot; several, or a directory of them, are the ranks of one job")
        ->required();
    configure_content(app);
    configure_output(app);
    add_threshold_options(app, m_checks.thresholds);
    app.footer(k_report_examples);
}

void ReportCommand::configure_content(CLI::App& app) {
    app.add_option("--base", m_base, "Archive to compare with")->type_name("BASE");
    app.add_option("--range", m_range,
                   "Show only the allocations that are live between two moments; without the first: from the "
                   "start, without the second: to the end")
        ->type_name("MOMENT..MOMENT");
    app.add_option("-d,--device", m_page.device, "Show only this device; host: pinned host memory")
        ->transform(device_number())
        ->type_name("N|host");
    app.add_option("--strip-prefix", m_name_options.strip_prefix,
                   "Regular expression (RE2) to remove from the beginning of file names")
        ->type_name("REGEX");
    app.add_flag("--no-paths", m_name_options.base_names, "Show files without their directories");
    add_size_option(
        app, "--max-bytes", m_max_bytes,
        "Largest size of the page (default: 16MiB). Above it, the allocations with the least bytes "
        "times events are shown as one sum. Must have room for all texts and tables");
}

void ReportCommand::configure_output(CLI::App& app) {
    app.add_option("-o,--output", m_output, "Page to write (default: next to ARCHIVE); '-': standard output")
        ->type_name("OUT");
    add_force_option(app, m_force, "an existing page");
    app.add_flag("-q,--quiet", m_quiet, "Print only errors and limits that fail");
}

void ReportCommand::validate() {
    if (!page::has_embedded_page())
        throw UsageError("this snapq was built without the command report (SNAPQ_REPORT=OFF)");
    if (!m_range.empty()) m_page.range = analysis::parse_window(m_range);
    if (m_max_bytes) m_page.max_bytes = *m_max_bytes;
    check_category_limits(m_checks.thresholds, nullptr);
    m_checks.device = m_page.device;
    m_names = std::make_unique<analysis::ShownNames>(m_name_options);
    if (std::ranges::count(m_archives, "-") > 0 && (m_archives.size() > 1 || m_base == "-"))
        throw_usage("standard input ('-') must be the only ARCHIVE");
}

// The page shows events, streams and segments, which SnapViewer's table does not have.
archive::ArchiveReader ReportCommand::open(const std::string& path, bool quiet) const {
    archive::ArchiveReader reader = open_archive_argument(path, quiet);
    if (archive::is_snapviewer(reader.kind())) {
        InputError error(path, "was made by SnapViewer's converter, which stores no events to show");
        error.with_hint(
            "'snapq convert' the snapshot itself; 'snapq summary' and 'snapq query' read this archive");
        throw error;
    }
    m_names->apply_to(reader);
    return reader;
}

report::Summary ReportCommand::summarize(const archive::ArchiveReader& archive, bool with_sentences) const {
    analysis::SummaryOptions options;
    options.device = m_page.device;
    options.with_curve = with_sentences;
    options.with_details = with_sentences;
    report::Summary summary;
    CheckedSummary checked = summarize_and_check(archive, options, m_checks);
    summary.archives.push_back(std::move(checked.summary));
    summary.checks = std::move(checked.checks);
    summary.archives.front().archive = m_names->file(archive.path());
    summary.archives.front().rank = rank_of(archive);
    analysis::VerdictSearch verdict;
    verdict.add(summary.archives.front(), summary.checks);
    summary.verdict = verdict.take();
    summary.uneven = analysis::uneven_devices(summary.archives.front());
    return summary;
}

page::PageTexts ReportCommand::texts_of(const report::Summary& summary) {
    page::PageTexts texts;
    texts.summary_json = render::summary_json(summary);
    texts.first_screen = first_screen_of(summary);
    return texts;
}

std::string ReportCommand::diff_json(const archive::ArchiveReader& base,
                                     const archive::ArchiveReader& newer) const {
    analysis::DiffOptions options;
    options.device = m_page.device;
    report::DiffReport report = analysis::diff_archives(&base, newer, options);
    report.base = m_names->file(base.path());
    report.newer = m_names->file(newer.path());
    return render::diff_json(report, {});
}

ReportCommand::Content ReportCommand::read_archives() const {
    Content content;
    content.archives.push_back(open(m_archives.front(), m_quiet));
    if (!m_base.empty()) content.archives.push_back(open(m_base, m_quiet));
    content.summary = summarize(content.archives.front());
    content.texts = texts_of(content.summary);
    if (!m_base.empty()) content.texts.diff_json = diff_json(content.archives[1], content.archives[0]);
    return content;
}

report::Summary ReportCommand::summarize_ranks(const std::vector<std::string>& paths) const {
    const RankSummaryOptions options{.at = "peak", .by = "site"};
    const auto summarize_rank = [&](const std::string& path, const analysis::Moment&) {
        const archive::ArchiveReader archive = open(path, m_quiet);
        report::Summary one = summarize(archive, false);
        return RankSummary{std::move(one.archives.front()), std::move(one.checks)};
    };
    const auto rows_of = [&](const std::string& path, std::int64_t device) {
        const archive::ArchiveReader archive = open(path, true);
        archive::Database database = archive.open_database();
        return archive::with_own_sql(path, [&] {
            return analysis::live_rows(database, device, {.event = -1, .prepared = "peak"}, {});
        });
    };
    report::Summary summary = commands::summarize_ranks(paths, {}, options, summarize_rank, rows_of);
    if (!summary.broken.empty()) throw InputError(summary.broken.front().error.raw());
    return summary;
}

ReportCommand::Content ReportCommand::read_ranks(const std::vector<std::string>& paths) const {
    Content content;
    content.summary = summarize_ranks(paths);
    auto [summary_json, after_archives] = render::json_around_archives(content.summary);
    for (const std::size_t i : report::most_important_archives(content.summary, k_most_shown_ranks)) {
        const archive::ArchiveReader archive = open(paths[i], true);
        summary_json +=
            (content.ranks.empty() ? "" : ",") + render::archive_json(summarize(archive).archives.front());
        content.ranks.push_back(paths[i]);
    }
    content.texts.summary_json = std::move(summary_json) + after_archives;
    content.texts.first_screen = first_screen_of(content.summary);
    content.texts.left_out_archives = paths.size() - content.ranks.size();
    return content;
}

void ReportCommand::add_archives(page::ReportPage& page, const Content& content) {
    for (const std::string& path : content.ranks)
        page.add(open(path, true), shown_name(path), page::Detail::curve);
    if (content.archives.empty()) return;
    m_shown = page.add(content.archives[0], shown_name(m_archives.front()), page::Detail::all);
    if (content.archives.size() > 1) page.add(content.archives[1], shown_name(m_base), page::Detail::peak);
}

std::uint64_t ReportCommand::write(PageOutput& output, page::Mode mode, const Content& content) {
    for (page::PageOptions options = m_page;;) {
        page::ReportPage page(output, mode, options, *m_names);
        add_archives(page, content);
        page.finish(content.texts);
        const std::optional<page::PageOptions> smaller = page.options_for_less();
        if (!smaller) return page.written();
        options = *smaller;
        output.clear();
    }
}

void ReportCommand::say_left_out() const {
    const std::string input = render::printable(m_archives.front());
    for (const page::ShownDevice& device : m_shown) {
        const page::ShownRows& rows = device.rows;
        if (rows.left_out_allocations > 0) {
            say("snapq: note: {}: {}: {} of {} ({} requested in all) are shown as one sum, because the page "
                "would be larger than {}; a larger --max-bytes shows more, --range a part of the recording "
                "exactly\n",
                input, device_label(device.device), format_count(rows.left_out_allocations),
                counted(rows.allocations, "allocation"), format_size(rows.left_out_bytes),
                format_size(m_page.max_bytes));
        }
        if (rows.addresses_left_out) {
            say("snapq: note: {}: {}: addresses, and the blocks of segments, are left out, because the page "
                "would be larger than {}; a larger --max-bytes shows them\n",
                input, device_label(device.device), format_size(m_page.max_bytes));
        }
    }
}

void ReportCommand::say_left_out_ranks(std::size_t ranks) const {
    if (ranks <= k_most_shown_ranks) return;
    say("snapq: note: {}: the page shows {} of {} archives: those that ran out of memory, those that stand "
        "out, and those with the highest peaks; its totals, and the sites over all, are of all\n",
        render::printable(m_archives.front()), k_most_shown_ranks,
        format_count(static_cast<std::int64_t>(ranks)));
}

void ReportCommand::say_done(const std::string& output, std::uint64_t bytes,
                             std::optional<std::size_t> ranks) const {
    std::string content;
    if (ranks) {
        content = counted(static_cast<std::int64_t>(*ranks), "archive");
    } else {
        std::int64_t allocations = 0;
        for (const page::ShownDevice& device : m_shown) allocations += device.rows.shown;
        content = fmt::format("{}, {}", counted(allocations, "allocation"),
                              counted(static_cast<std::int64_t>(m_shown.size()), "device"));
    }
    if (!m_base.empty()) content += ", compared with " + render::printable(m_base);
    say("{} -> {}: {}, {}\n", render::printable(m_archives.front()), render::printable(output), content,
        format_size(static_cast<std::int64_t>(bytes)));
}

int ReportCommand::run() {
    const std::vector<std::string> paths = expand_archive_arguments(m_archives);
    const bool has_ranks = paths.size() > 1 || is_rank_directory(m_archives.front());
    if (has_ranks && !m_base.empty()) throw_usage("--base compares two archives, not the ranks of a job");
    if (has_ranks && m_output.empty() && m_archives.size() > 1)
        throw UsageError("several archives have no common name").with_hint("name the page with -o");
    std::vector<std::string> inputs = paths;
    if (!m_base.empty()) inputs.push_back(m_base);
    PageOutput output(m_output.empty() ? page_path(m_archives.front()) : m_output, m_force, inputs);
    const page::Mode mode = has_ranks        ? page::Mode::ranks
                            : m_base.empty() ? page::Mode::one
                                             : page::Mode::compare;
    Content content = has_ranks ? read_ranks(paths) : read_archives();
    const std::uint64_t bytes = write(output, mode, content);
    output.finish();
    if (!m_quiet) {
        say_left_out();
        if (has_ranks) say_left_out_ranks(paths.size());
        say_done(output.name(), bytes, has_ranks ? std::optional(paths.size()) : std::nullopt);
    }
    std::vector<report::Check>& checks = content.summary.checks;
    if (m_quiet) std::erase_if(checks, [](const report::Check& check) { return check.ok; });
    say_text(render::checks_text(checks));
    return report::all_ok(checks) ? 0 : 1;
}

std::unique_ptr<Command> make_report_command() {
    return std::make_unique<ReportCommand>();
}

}  // namespace snapq::commands
