// `snapq convert INPUT… [-o OUT]`
#include "commands/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive_reader.hpp"
#include "archive/chunks/chunk_codec.hpp"
#include "commands/convert_targets.hpp"
#include "commands/existing_output.hpp"
#include "commands/messages.hpp"
#include "commands/options/option_values.hpp"
#include "commands/output.hpp"
#include "commands/ranks.hpp"
#include "convert/converter.hpp"
#include "render/escape.hpp"
#include "render/reports.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::commands {
namespace {

class ConvertCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "convert"; }
    [[nodiscard]] std::string summary() const override {
        return "Convert snapshots to small, seekable archives";
    }
    void configure(CLI::App& app) override;
    void validate() override;
    int run() override;

private:
    enum class StatsFormat { none, text, json };

    void configure_output(CLI::App& app);
    void configure_content(CLI::App& app);
    void configure_reporting(CLI::App& app);
    void check_compression() const;
    void read_labels();
    void read_rank();
    [[nodiscard]] std::optional<std::int64_t> rank_for(const std::string& input) const;
    [[nodiscard]] bool keeps_existing_archive(const std::string& input, const std::string& output,
                                              const std::optional<std::string>& key,
                                              std::optional<std::int64_t> rank) const;
    [[nodiscard]] std::vector<convert::BatchItem> plan() const;
    [[nodiscard]] std::vector<convert::BatchItem> plan_parts() const;
    [[nodiscard]] convert::NamePart name_parts(const std::string& input, const std::string& stem) const;
    void print_done(const report::ConvertReport& report) const;

    std::vector<std::string> m_inputs;
    std::string m_output;
    std::string m_layout = "zip";
    std::string m_device = "all";
    std::string m_preexisting = "all";
    std::string m_compression;
    std::optional<std::int64_t> m_level;
    unsigned m_threads = 0;
    unsigned m_jobs = 1;
    std::optional<std::uint64_t> m_max_points;
    std::vector<std::string> m_label_texts;
    std::map<std::string, std::string> m_given_labels;  // those of --label
    std::optional<std::int64_t> m_rank;
    std::string m_rank_from;
    std::string m_rank_regex;
    std::string m_stats;
    std::string m_progress = "auto";
    bool m_split = false;
    ExistingOptions m_existing;
    bool m_quiet = false;
    convert::ConvertOptions m_options;
};

constexpr unsigned k_most_threads = 256;

constexpr const char* k_convert_examples =
    "Examples:\n"
    "  snapq convert run.pickle                        writes run.zip next to it\n"
    "  snapq convert run.pickle.gz -o /tmp/run.zip     compressed input works, too\n"
    "  snapq convert ranks/*.pickle -o archives -j 2   one archive per rank\n"
    "  snapq convert --skip-existing ranks/*.pickle    only what is new; for jobs that run again\n"
    "  srun snapq convert --rank-from slurm dump.pickle   rank and labels from the scheduler\n"
    "  snapq convert gathered.pickle -o archives --split   one archive per snapshot\n"
    "  ssh node cat oom.pickle | snapq convert - -o oom.zip\n"
    "  snapq convert --compression zstd run.pickle     smaller; needs zip tools with zstd support\n"
    "  snapq convert --dry-run --stats run.pickle      counts and sizes; writes nothing\n"
    "\n"
    "Nothing in the input is ever executed. The output appears complete or not at all.";

// One of several inputs that could not be converted.
struct Failure {
    std::string input;
    std::exception_ptr error;
};

ErrorKind kind_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& error) {
        return error.kind();
    } catch (...) {
        return ErrorKind::system;  // out of memory, as in main.cpp
    }
}

// Rethrows the failure if there was only one input. Otherwise throws an error that names the inputs that
// failed; if their errors have different kinds, it is an input error.
[[noreturn]] void throw_failures(const std::vector<Failure>& failures, std::size_t inputs) {
    if (inputs == 1) std::rethrow_exception(failures[0].error);
    ErrorKind kind = kind_of(failures[0].error);
    std::vector<std::string> names;
    for (const Failure& failure : failures) {
        names.push_back(failure.input);
        if (kind_of(failure.error) != kind) kind = ErrorKind::input;
    }
    throw Error(kind, fmt::format("{} of {} inputs could not be converted: {}", failures.size(), inputs,
                                  fmt::join(names, ", ")));
}

}  // namespace

void ConvertCommand::configure(CLI::App& app) {
    app.add_option(
           "INPUT", m_inputs,
           "Snapshots: pickle, JSON, HTML of PyTorch's tools, torch.save files, any of them compressed with "
           "gzip or zstd; '-' is standard input")
        ->required();
    configure_output(app);
    configure_content(app);
    configure_reporting(app);
    app.footer(k_convert_examples);
}

void ConvertCommand::configure_output(CLI::App& app) {
    app.add_option("-o,--output", m_output,
                   "Archive to write (default: next to INPUT); for several inputs, an existing directory")
        ->type_name("OUT");
    app.add_flag("--split", m_split,
                 "Make an archive of each snapshot of a file with several: in a dict or list, such as "
                 "{'rank0': …}, or one pickle after another; OUT is a directory");
    add_existing_options(app, m_existing, "an existing archive",
                         "Keep an archive that was made from the same INPUT: its name and size are recorded, "
                         "and the archive is newer");
    app.add_option("--layout", m_layout, "zip, or dir for a directory of plain files")
        ->check(one_of({"zip", "dir"}))
        ->capture_default_str();
    app.add_option("--compression", m_compression,
                   "deflate (default; every zip tool reads it), zstd (smallest) or store")
        ->check(one_of({"deflate", "zstd", "store"}))
        ->type_name("METHOD");
    app.add_option("--level", m_level, "Compression level: deflate 0 to 3, zstd 1 to 19")
        ->transform(whole_number());
    app.add_option("--threads", m_threads, "Threads for writing (default: the number of cores, at most 4)")
        ->transform(whole_number(1, k_most_threads));
    app.add_option("-j,--jobs", m_jobs, "Inputs converted at the same time")
        ->transform(whole_number(1, k_most_threads))
        ->capture_default_str();
}

void ConvertCommand::configure_content(CLI::App& app) {
    app.add_option("-d,--device", m_device,
                   "Number of the only device to convert, host (pinned host memory) or all")
        ->type_name("N|host|all")
        ->capture_default_str();
    app.add_option(
           "--preexisting", m_preexisting,
           "Memory allocated before the recording: all counts all of it; freed counts only the blocks that "
           "the trace frees, as SnapViewer's converter does")
        ->check(one_of({"all", "freed"}))
        ->capture_default_str();
    app.add_option(
           "--max-points", m_max_points,
           "Limit for the points of one element in allocations.json, at least 4; 0: no limit (default: no "
           "limit while the total is below the largest of 50 million points, 64 per event, and half a point "
           "per byte of input)")
        ->transform(whole_number())
        ->type_name("N");
    app.add_option("--label", m_label_texts, "Label to store in the archive (repeatable)")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    CLI::Option* rank =
        app.add_option("--rank", m_rank, "Rank to store in the archive (default: from the name of INPUT)")
            ->transform(whole_number());
    app.add_option("--rank-regex", m_rank_regex,
                   "Regular expression (RE2) whose first group is the rank in the name of INPUT")
        ->type_name("REGEX")
        ->excludes(rank);
    app.add_option("--rank-from", m_rank_from,
                   "Rank, job and host from the environment: slurm, mpi, auto, or env:NAME for the rank in a "
                   "variable")
        ->type_name("SOURCE")
        ->excludes(rank)
        ->excludes("--rank-regex");
}

void ConvertCommand::configure_reporting(CLI::App& app) {
    app.add_flag("--dry-run", m_options.dry_run,
                 "Read the input and print counts and estimated sizes, but write nothing");
    app.add_flag("--stats{text}", m_stats,
                 "Print time, memory and bytes of each phase on stdout; --stats=json for scripts")
        ->check(one_of({"text", "json"}));
    app.add_flag("-q,--quiet", m_quiet, "Print errors only");
    app.add_option("--progress", m_progress, "Progress bar: auto, always or never")
        ->check(one_of({"auto", "always", "never"}))
        ->capture_default_str();
}

void ConvertCommand::validate() {
    m_options.force = m_existing.force;
    m_options.layout = m_layout == "dir" ? convert::Layout::directory : convert::Layout::zip;
    m_options.preexisting =
        m_preexisting == "freed" ? timeline::Preexisting::freed : timeline::Preexisting::all;
    m_options.points.max_points = m_max_points;
    if (m_max_points && *m_max_points > 0 && *m_max_points < 4) {
        throw_usage("--max-points {}: an element needs at least 4 points (0 means exact)", *m_max_points);
    }
    if (m_device != "all") {
        m_options.device = parse_device(m_device);
        if (!m_options.device) {
            throw_usage("--device: expected a number from 0, 'host' or 'all', got '{}'", m_device);
        }
    }
    check_compression();
    if (!m_compression.empty()) m_options.compression = *archive::compression_named(m_compression);
    if (m_level) m_options.level = static_cast<int>(*m_level);
    m_options.threads = m_threads > 0 ? m_threads : convert::default_threads();
    read_rank();
    read_labels();
    if (std::ranges::count(m_inputs, "-") > 1) throw_usage("standard input can be read only once");
    const std::string_view rank_option = m_rank_from.empty() ? "--rank" : "--rank-from";
    if (m_rank && m_inputs.size() > 1)
        throw_usage("{} sets one rank, but there are {} inputs", rank_option, m_inputs.size());
    if (m_rank && m_split) throw_usage("{} sets one rank, but --split makes several archives", rank_option);
    if (m_existing.skip && m_options.dry_run)
        throw_usage("--dry-run writes no archive, so --skip-existing has nothing to skip");
}

void ConvertCommand::check_compression() const {
    if (m_options.layout == convert::Layout::directory && (!m_compression.empty() || m_level)) {
        throw_usage(
            "--layout dir writes uncompressed files; --compression and --level cannot be used with it");
    }
    const auto method =
        m_compression.empty() ? zip::Compression::deflate : *archive::compression_named(m_compression);
    const archive::LevelRange range = archive::levels_of(method);
    if (m_level.value_or(0) != 0 && range.most == 0) {
        throw_usage("--level {}: {} has no levels", *m_level, archive::name_of(method));
    }
    if (m_level && (*m_level < range.least || *m_level > range.most)) {
        throw_usage("--level {}: {} supports levels {} to {}", *m_level, archive::name_of(method),
                    range.least, range.most);
    }
}

void ConvertCommand::read_labels() {
    for (const std::string& text : m_label_texts) {
        const std::size_t equals = text.find('=');
        if (equals == 0 || equals == std::string::npos) throw_usage("--label '{}': expected KEY=VALUE", text);
        m_given_labels[text.substr(0, equals)] = m_options.labels[text.substr(0, equals)] =
            text.substr(equals + 1);
        if (m_options.labels.size() > archive::k_most_labels) {
            throw_usage("--label: more than {} labels", archive::k_most_labels);
        }
    }
}

void ConvertCommand::read_rank() {
    if (m_rank_from.empty()) return;
    ScheduledRank scheduled = scheduled_rank(m_rank_from, [](const char* name) { return std::getenv(name); });
    m_rank = scheduled.rank;
    m_options.labels = std::move(scheduled.labels);
}

std::optional<std::int64_t> ConvertCommand::rank_for(const std::string& input) const {
    if (m_rank) return m_rank;
    const std::string base = std::filesystem::path(input).filename().string();
    return m_rank_regex.empty() ? rank_of_name(base) : rank_by_pattern(base, m_rank_regex);
}

// The labels of a scheduler are not compared, because they differ when a job runs again.
bool ConvertCommand::keeps_existing_archive(const std::string& input, const std::string& output,
                                            const std::optional<std::string>& key,
                                            std::optional<std::int64_t> rank) const {
    WantedArchive wanted;
    wanted.input = input;
    wanted.key = key;
    wanted.rank = rank;
    wanted.labels = m_given_labels;
    wanted.device = m_options.device;
    wanted.layout = m_options.layout;
    wanted.preexisting = m_options.preexisting;
    return keeps_existing(output, m_existing, [&] { return difference_of(output, wanted); });
}

// The outputs are checked as soon as the names of a file's snapshots are known, before the first one is
// written.
convert::NamePart ConvertCommand::name_parts(const std::string& input, const std::string& stem) const {
    return [this, input, names = PartNames({stem, m_options.layout, m_rank_regex, rank_for(input)})](
               const convert::Part& part) mutable {
        convert::PartTarget target = names(part);
        if (m_options.dry_run) return target;
        refuse_replacing_input(input, target.output, "its own archive");
        target.keep = keeps_existing_archive(input, target.output, part.key.path(), target.rank);
        return target;
    };
}

std::vector<convert::BatchItem> ConvertCommand::plan_parts() const {
    const std::vector<std::string> stems =
        m_options.dry_run ? std::vector<std::string>(m_inputs.size()) : plan_stems(m_inputs, m_output);
    std::vector<convert::BatchItem> items;
    for (std::size_t i = 0; i < m_inputs.size(); ++i) {
        convert::BatchItem& item = items.emplace_back();
        item.input = m_inputs[i];
        item.options = m_options;
        item.name_part = name_parts(item.input, stems[i]);
    }
    return items;
}

std::vector<convert::BatchItem> ConvertCommand::plan() const {
    if (m_split) return plan_parts();
    const std::vector<std::string> targets = m_options.dry_run
                                                 ? std::vector<std::string>(m_inputs.size())
                                                 : plan_targets(m_inputs, m_output, m_options.layout);
    std::vector<convert::BatchItem> items;
    for (std::size_t i = 0; i < m_inputs.size(); ++i) {
        convert::ConvertOptions options = m_options;
        options.rank = rank_for(m_inputs[i]);
        items.push_back({m_inputs[i], targets[i], std::move(options), {}, {}});
        if (!m_existing.skip) continue;
        convert::BatchItem& item = items.back();
        item.keeps_output = [this, input = item.input, output = item.output, rank = item.options.rank] {
            return keeps_existing_archive(input, output, std::nullopt, rank);
        };
    }
    return items;
}

int ConvertCommand::run() {
    const std::vector<convert::BatchItem> items = plan();
    const ProgressMode mode = m_progress == "always"  ? ProgressMode::always
                              : m_progress == "never" ? ProgressMode::never
                                                      : ProgressMode::automatic;
    ProgressBar bar(!m_quiet && wants_progress(mode));
    std::vector<report::ConvertReport> reports;
    std::vector<Failure> failures;
    const auto on_done = [&](const convert::BatchItem& item, const convert::BatchResult& result) {
        bar.clear();
        for (const report::ConvertReport& report : result.reports) {
            print_done(report);
            reports.push_back(report);
        }
        if (!result.error) return;
        failures.push_back({item.input, result.error});
        if (items.size() > 1) print_failure(result.error);
    };
    convert::convert_batch(items, m_jobs, on_done,
                           [&](std::string_view phase, std::uint64_t done, std::uint64_t total) {
                               bar.update(phase, done, total);
                           });
    bar.clear();
    if (m_stats == "text") standard_output().write(render::stats_text(reports));
    if (m_stats == "json") standard_json_output().write(render::stats_json(reports, m_options.dry_run));
    if (!failures.empty()) throw_failures(failures, items.size());
    return 0;
}

void ConvertCommand::print_done(const report::ConvertReport& report) const {
    if (m_quiet) return;
    if (report.kept) return say("{}: up to date\n", render::printable(report.output));
    const std::string input = render::printable(render::input_name(report));
    if (!report.key.empty() && !m_split) {
        say("snapq: note: {}: the snapshot is the value of {} in a dict or list\n",
            render::printable(report.input), render::printable(report.key));
    }
    for (const UntrustedText& warning : report.warnings) {
        say("snapq: warning: {}: {}\n", input, render::printable(warning));
    }
    if (m_options.dry_run) {
        // With --stats=json, standard output is one JSON object, which contains these numbers.
        if (m_stats != "json") standard_output().write(render::dry_run_text(report));
        standard_output().flush();  // before the messages about the next input
        return;
    }
    say("{} -> {}: {}, {}, {}, {} -> {}\n", input, render::printable(report.output),
        counted(static_cast<std::int64_t>(report.events), "event"),
        counted(static_cast<std::int64_t>(report.allocations), "allocation"),
        counted(static_cast<std::int64_t>(report.devices), "device"),
        format_size(static_cast<std::int64_t>(report.input_bytes)),
        format_size(static_cast<std::int64_t>(report.output_bytes)));
}

std::unique_ptr<Command> make_convert_command() {
    return std::make_unique<ConvertCommand>();
}

}  // namespace snapq::commands
