// `snapq export ARCHIVE… --format parquet -o LAKE`
#include "commands/command.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "commands/archive_argument.hpp"
#include "commands/existing_output.hpp"
#include "commands/messages.hpp"
#include "commands/options/option_values.hpp"
#include "commands/ranks.hpp"
#include "exports/lake.hpp"
#include "render/escape.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::commands {
namespace {

class ExportCommand : public Command {
public:
    [[nodiscard]] std::string name() const override { return "export"; }
    [[nodiscard]] std::string summary() const override {
        return "Write archives as tables for query engines";
    }
    void configure(CLI::App& app) override;
    void validate() override;
    int run() override;

private:
    [[nodiscard]] std::vector<exports::LakeGroup> groups() const;
    // Why the files of the group in the lake differ from those that would be written; "" if they do not.
    [[nodiscard]] static std::string difference_of(const exports::LakeOptions& options,
                                                   const exports::LakeGroup& group);
    void say_done(const exports::LakeGroup& group, const exports::LakeFiles& written) const;

    std::vector<std::string> m_archives;
    std::string m_format;
    std::string m_output;
    std::string m_partition_text;
    std::vector<exports::PartitionKey> m_partition;
    std::vector<std::string> m_tables;
    ExistingOptions m_existing;
    bool m_quiet = false;
};

constexpr const char* k_export_examples =
    "Examples:\n"
    "  snapq export run.zip --format parquet -o lake        adds the tables of one archive\n"
    "  snapq export ranks/ --format parquet -o lake --partition job=nightly-42\n"
    "  snapq export ranks/ --format parquet -o lake --partition job=nightly-42,host --skip-existing\n"
    "  duckdb -c \"SELECT job, rank, peak_requested_bytes FROM 'lake/devices/**/*.parquet'\"\n"
    "\n"
    "Each table is a directory below LAKE, and has columns archive and rank. The files of table 'archives'\n"
    "appear last. See docs/lake.md for the tables and for queries.";

std::vector<std::string> format_names() {
    std::vector<std::string> names;
    for (const exports::Format& format : exports::k_formats) names.emplace_back(format.name);
    return names;
}

std::vector<std::string> names_of_large_tables() {
    std::vector<std::string> names;
    for (const exports::LakeTable& table : exports::lake_tables()) {
        if (table.is_on_request) names.emplace_back(table.name);
    }
    return names;
}

std::string name_of_archive(const std::string& path) {
    return std::filesystem::path(own_name(path)).stem().string();
}

// The facts about an archive that a partition and the column `rank` need.
struct Origin {
    std::optional<std::int64_t> rank{};
    std::map<std::string, std::string> labels{};
};

// A snapshot is not converted for this; its rank is read from its name.
Origin origin_of(const std::string& path) {
    const archive::ArchiveReader archive = archive::open_archive(path);
    if (archive.kind() == archive::ArchiveKind::raw_snapshot) return {.rank = rank_of_name(own_name(path))};
    Origin origin{.rank = rank_of(archive)};
    if (archive.manifest()) origin.labels = archive.manifest()->labels;
    return origin;
}

// "rank" is the archive's rank, any other key one of its labels.
std::string partition_value(const std::string& key, const std::string& path, const Origin& origin) {
    const bool is_rank = key == exports::k_rank_column;
    if (is_rank && origin.rank) return fmt::to_string(*origin.rank);
    const auto label = origin.labels.find(key);
    if (!is_rank && label != origin.labels.end() && !label->second.empty()) return label->second;
    const std::string what = is_rank ? "rank" : fmt::format("label '{}'", key);
    throw UsageError(fmt::format("--partition {}: {} has no {}", key, path, what))
        .with_hint(fmt::format("give the key a value: --partition {0}=…, or convert with --{1}", key,
                               is_rank ? "rank N" : fmt::format("label {}=…", key)));
}

// For messages.
std::string text_of(const exports::LakeGroup& group) {
    return group.members.size() == 1 ? group.members[0].path
                                     : counted(static_cast<std::int64_t>(group.members.size()), "archive");
}

archive::ArchiveReader open_member(const std::string& path, bool quiet) {
    archive::ArchiveReader archive = open_archive_argument(path, quiet);
    if (!archive::is_snapviewer(archive.kind())) return archive;
    throw UsageError(fmt::format("{} has no tables to export", path))
        .with_hint("it is an archive of SnapViewer's converter; convert the snapshot with snapq");
}

}  // namespace

void ExportCommand::configure(CLI::App& app) {
    app.add_option("ARCHIVE", m_archives,
                   "Archives, raw snapshots, or directories of the archives of a job's ranks")
        ->required();
    app.add_option("--format", m_format, "parquet: tables for DuckDB, Spark, Trino, ClickHouse and others")
        ->check(one_of(format_names()))
        ->required();
    app.add_option("-o,--output", m_output, "Directory of the tables; created if necessary")
        ->type_name("LAKE")
        ->required();
    app.add_option("--partition", m_partition_text,
                   "Keys of the directories, such as job=nightly-42,rank: rank alone is the archive's rank, "
                   "another key alone its label of that name; archives with equal values share files")
        ->type_name("KEY[=VALUE],…");
    app.add_option("--table", m_tables, "Write this large table, too (repeatable)")
        ->check(one_of(names_of_large_tables()))
        ->allow_extra_args(false);
    add_existing_options(app, m_existing, "archives that the lake has already",
                         "Keep the files of archives that have not changed since they were exported");
    app.add_flag("-q,--quiet", m_quiet, "Print errors only");
    app.footer(k_export_examples);
}

void ExportCommand::validate() {
    if (m_output.empty()) throw_usage("--output: expected a name");
    m_partition = exports::parse_partition(m_partition_text);
}

std::vector<exports::LakeGroup> ExportCommand::groups() const {
    std::vector<exports::LakeGroup> groups;
    std::map<std::string, std::size_t> numbers;  // indexes of the groups, by the path of their partition
    std::set<std::string> used;
    for (const std::string& path : expand_archive_arguments(m_archives)) {
        const Origin origin = origin_of(path);
        std::vector<exports::PartitionKey> partition = m_partition;
        for (exports::PartitionKey& key : partition) {
            if (!key.value) key.value = partition_value(key.name, path, origin);
        }
        const std::string where = exports::partition_path(partition);
        const auto [found, is_new] = numbers.emplace(where, groups.size());
        if (is_new) groups.push_back({partition, {}});
        const std::string name = name_of_archive(path);
        if (!used.insert(where + "/" + name).second) {
            throw UsageError(fmt::format("two archives are called {} in the lake", name))
                .with_hint("tell them apart with --partition, for example --partition rank");
        }
        groups[found->second].members.push_back({path, name, origin.rank});
    }
    return groups;
}

std::string ExportCommand::difference_of(const exports::LakeOptions& options,
                                         const exports::LakeGroup& group) {
    const std::string missing = exports::missing_table(options, group);
    if (!missing.empty()) return "has no file of table " + missing;
    if (!exports::holds_members(options, group)) return "was not written for exactly these archives";
    for (const exports::LakeMember& member : group.members) {
        std::string difference = difference_of_age(exports::last_file_of(options, group), member.path);
        if (!difference.empty()) return difference;
    }
    return {};
}

void ExportCommand::say_done(const exports::LakeGroup& group, const exports::LakeFiles& written) const {
    if (m_quiet) return;
    const std::string what = text_of(group);
    say("{} -> {}: {}, {}, {}\n", render::printable(what), render::printable(m_output),
        counted(written.files, "table"), counted(written.rows, "row"), format_size(written.bytes));
}

int ExportCommand::run() {
    const exports::LakeOptions options{.directory = m_output, .tables = exports::tables_with(m_tables)};
    const std::vector<exports::LakeGroup> all = groups();
    std::uint64_t total = 0;
    for (const exports::LakeGroup& group : all) total += group.members.size();
    ProgressBar bar(!m_quiet && total > 1 && wants_progress(ProgressMode::automatic));
    std::uint64_t done = 0;
    for (const exports::LakeGroup& group : all) {
        if (keeps_existing(exports::last_file_of(options, group), m_existing,
                           [&] { return difference_of(options, group); })) {
            done += group.members.size();
            bar.clear();
            if (!m_quiet) say("{}: up to date\n", render::printable(text_of(group)));
            continue;
        }
        const exports::LakeFiles written =
            exports::write_group(options, group, [&](const exports::LakeMember& member) {
                bar.update("exporting", done++, total);
                return open_member(member.path, m_quiet);
            });
        bar.clear();
        say_done(group, written);
    }
    return 0;
}

std::unique_ptr<Command> make_export_command() {
    return std::make_unique<ExportCommand>();
}

}  // namespace snapq::commands
