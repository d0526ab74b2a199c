#include "commands/ranks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <limits>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "commands/convert_targets.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

namespace fs = std::filesystem;

bool has_database(const fs::path& directory) {
    std::error_code failure;
    return fs::exists(directory / archive::k_database_entry, failure);
}

bool has_suffix(const std::string& name, std::initializer_list<std::string_view> suffixes) {
    return std::ranges::any_of(suffixes, [&](std::string_view suffix) { return name.ends_with(suffix); });
}

// Whether it is a regular file or a broken link. A rank that cannot be read must not be left out; opening it
// reports the error.
bool is_file(const fs::directory_entry& entry) {
    std::error_code unknown;
    const fs::file_type type = entry.status(unknown).type();
    return type == fs::file_type::regular || type == fs::file_type::not_found || type == fs::file_type::none;
}

bool looks_like_archive(const fs::directory_entry& entry) {
    std::error_code unknown;
    if (entry.is_directory(unknown)) return has_database(entry.path());
    return is_file(entry) && entry.path().extension() == ".zip";
}

bool looks_like_pickle(const fs::directory_entry& entry) {
    return is_file(entry) &&
           has_suffix(entry.path().filename().string(),
                      {".pickle", ".pkl", ".pickle.gz", ".pkl.gz", ".pickle.zst", ".pkl.zst"});
}

bool looks_like_snapshot(const fs::directory_entry& entry) {
    return looks_like_pickle(entry) ||
           (is_file(entry) && has_suffix(entry.path().filename().string(), {".json", ".html"}));
}

// Whether the archive that `convert` would write is beside the snapshot.
bool is_converted(const fs::directory_entry& snapshot) {
    const fs::path& path = snapshot.path();
    return std::ranges::any_of(
        std::array{convert::Layout::zip, convert::Layout::directory}, [&](convert::Layout layout) {
            const fs::path archive = path.parent_path() / archive_name(path.filename().string(), layout);
            std::error_code unknown;
            return fs::exists(archive, unknown) && looks_like_archive(fs::directory_entry(archive, unknown));
        });
}

// Sorts "mem_10" after "mem_9": a run of digits is compared by its length first, then digit by digit.
std::string natural_key(const std::string& name) {
    std::string key;
    for (std::size_t i = 0; i < name.size();) {
        const std::size_t end = std::min(name.find_first_not_of("0123456789", i), name.size());
        if (end == i) {
            key += name[i++];
            continue;
        }
        const std::size_t first = std::min(name.find_first_not_of('0', i), end);
        key += '0';
        key += static_cast<char>(std::min<std::size_t>(end - first, std::numeric_limits<char>::max()));
        key.append(name, first, end - first);
        i = end;
    }
    return key;
}

auto order_of(const std::string& path) {
    const std::string name = fs::path(path).filename().string();
    const auto rank = rank_of_name(name).value_or(std::numeric_limits<std::int64_t>::max());
    return std::make_tuple(rank, natural_key(name), name);
}

template <typename Predicate>
std::vector<std::string> entries_of(const std::string& directory, Predicate&& matches) {
    std::vector<std::string> paths;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
        if (!entry.path().filename().string().starts_with('.') && matches(entry)) {
            paths.push_back(entry.path().string());
        }
    }
    std::ranges::sort(paths, {}, order_of);
    return paths;
}

}  // namespace

fs::path path_with_own_name(const std::string& path) {
    fs::path named = fs::path(path).lexically_normal();
    if (!named.has_filename()) named = named.parent_path();
    if (named.filename() == "." || named.filename() == "..") named = fs::absolute(named).lexically_normal();
    return named.has_filename() ? named : named.parent_path();
}

std::string own_name(const std::string& path) {
    return path_with_own_name(path).filename().string();
}

std::optional<std::int64_t> rank_of_name(const std::string& base_name) {
    // Torchtitan, Megatron and Composer write the first form, PyTorch's own examples the second.
    static const RE2 rank_word("(?i)(?:^|[^a-z])rank[-_. ]?([0-9]{1,9})(?:[^0-9]|$)");
    static const RE2 numbered_snapshot("(?i)(?:^|[^a-z])snapshot[-_]([0-9]{1,9})(?:[^0-9]|$)");
    std::int64_t rank = 0;
    if (RE2::PartialMatch(base_name, rank_word, &rank)) return rank;
    if (RE2::PartialMatch(base_name, numbered_snapshot, &rank)) return rank;
    return std::nullopt;
}

std::optional<std::int64_t> rank_by_pattern(const std::string& base_name, const std::string& pattern) {
    const RE2 expression(pattern, RE2::Quiet);
    if (!expression.ok()) throw_usage("--rank-regex '{}': {}", pattern, expression.error());
    if (expression.NumberOfCapturingGroups() < 1) {
        throw UsageError(fmt::format("--rank-regex '{}' has no group that captures the rank", pattern))
            .with_hint("put the digits in parentheses: --rank-regex 'node_(\\d+)'");
    }
    std::int64_t rank = 0;
    if (RE2::PartialMatch(base_name, expression, &rank)) return rank;
    return std::nullopt;
}

std::optional<std::int64_t> rank_of(const archive::ArchiveReader& archive) {
    if (archive.manifest() && archive.manifest()->rank) return archive.manifest()->rank;
    return rank_of_name(own_name(archive.path()));
}

bool is_rank_directory(const std::string& path) {
    std::error_code failure;
    return fs::is_directory(path, failure) && !has_database(path);
}

std::vector<std::string> archives_in(const std::string& directory, Unconverted unconverted) {
    // Beside archives, JSON and HTML files are more likely reports than snapshots.
    const auto is_rank = [unconverted](const fs::directory_entry& entry) {
        if (looks_like_archive(entry)) return true;
        return unconverted == Unconverted::taken && looks_like_pickle(entry) && !is_converted(entry);
    };
    try {
        const bool has_archives = !entries_of(directory, looks_like_archive).empty();
        std::vector<std::string> paths =
            has_archives ? entries_of(directory, is_rank) : entries_of(directory, looks_like_snapshot);
        if (!paths.empty()) return paths;
    } catch (const fs::filesystem_error& error) {
        throw InputError(directory, "cannot be listed: " + error.code().message());
    }
    InputError error(directory, "is a directory without archives or snapshots");
    error.with_hint(
        "archives are *.zip, or directories that contain elements.db; snapshots are *.pickle, *.pkl, …");
    throw error;
}

std::vector<std::string> expand_archive_arguments(const std::vector<std::string>& paths,
                                                  Unconverted unconverted) {
    std::vector<std::string> expanded;
    for (const std::string& path : paths) {
        if (!is_rank_directory(path)) {
            expanded.push_back(path);
            continue;
        }
        std::ranges::copy(archives_in(path, unconverted), std::back_inserter(expanded));
    }
    return expanded;
}

namespace {

struct RankVariable {
    std::string_view source;  // empty: only for auto
    const char* rank;
    const char* local_rank;  // null: there is none
};

// In the order in which `auto` looks for them. A launcher that runs inside a job comes before the job's
// scheduler: under torchrun or mpirun, the variables of Slurm belong to the process that started the ranks.
constexpr std::array k_variables{
    RankVariable{"", "RANK", "LOCAL_RANK"},  // torchrun
    RankVariable{"mpi", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK"},
    RankVariable{"mpi", "PMIX_RANK", nullptr},
    RankVariable{"mpi", "PMI_RANK", "MPI_LOCALRANKID"},
    RankVariable{"slurm", "SLURM_PROCID", "SLURM_LOCALID"},
    RankVariable{"", "JOB_COMPLETION_INDEX", nullptr},  // an indexed job of Kubernetes
};

struct LabelVariable {
    const char* label;
    const char* variable;
};

// If several variables of one label exist, the first one is used.
constexpr std::array k_labels{
    LabelVariable{"job", "SLURM_ARRAY_JOB_ID"}, LabelVariable{"job", "SLURM_JOB_ID"},
    LabelVariable{"job", "PBS_JOBID"},          LabelVariable{"job", "LSB_JOBID"},
    LabelVariable{"job", "JOB_NAME"},           LabelVariable{"array_task", "SLURM_ARRAY_TASK_ID"},
    LabelVariable{"host", "SLURMD_NODENAME"},   LabelVariable{"host", "NODE_NAME"},
    LabelVariable{"host", "HOSTNAME"},
};

constexpr std::string_view k_own_variable = "env:";

std::optional<std::string_view> value_of(const Environment& environment, const char* name) {
    const char* value = environment(name);
    return value == nullptr ? std::nullopt : std::optional<std::string_view>(value);
}

std::int64_t number_in(const std::string& source, std::string_view variable, std::string_view value) {
    std::int64_t number = -1;
    const char* end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end || number < 0)
        throw_usage("--rank-from {}: {} is '{}', not a number from 0", source, variable, value);
    return number;
}

std::vector<RankVariable> variables_of(const std::string& source) {
    std::vector<RankVariable> variables;
    for (const RankVariable& variable : k_variables) {
        if (source == "auto" || variable.source == source) variables.push_back(variable);
    }
    if (source.empty() || variables.empty())
        throw_usage("--rank-from '{}': expected slurm, mpi, auto or env:NAME", source);
    return variables;
}

[[noreturn]] void throw_missing(const std::string& source, const std::vector<std::string_view>& names) {
    throw UsageError(fmt::format("--rank-from {}: the environment has no {}", source, fmt::join(names, ", ")))
        .with_hint(source == "slurm" ? "only the tasks that srun starts have a rank"
                                     : "--rank sets the rank, and env:NAME reads it from another variable");
}

// A batch script is not a task of a step, but Slurm sets SLURM_PROCID to 0 in it too.
void refuse_batch_script(const std::string& source, const RankVariable& found,
                         const Environment& environment) {
    if (found.source != "slurm" || value_of(environment, "SLURM_STEP_ID")) return;
    throw UsageError(fmt::format("--rank-from {}: this is a batch script of Slurm, whose SLURM_PROCID is "
                                 "always 0",
                                 source))
        .with_hint("start snapq by srun; the tasks of a job array use env:SLURM_ARRAY_TASK_ID");
}

ScheduledRank rank_from(const std::string& source, const Environment& environment) {
    ScheduledRank scheduled;
    if (source.starts_with(k_own_variable)) {
        const std::string name = source.substr(k_own_variable.size());
        if (name.empty()) throw_usage("--rank-from {}: the name of a variable is missing", source);
        const auto value = value_of(environment, name.c_str());
        if (!value) throw_missing(source, {name});
        scheduled.rank = number_in(source, name, *value);
        return scheduled;
    }
    std::vector<std::string_view> missing;
    for (const RankVariable& variable : variables_of(source)) {
        const auto value = value_of(environment, variable.rank);
        if (!value) {
            missing.emplace_back(variable.rank);
            continue;
        }
        refuse_batch_script(source, variable, environment);
        scheduled.rank = number_in(source, variable.rank, *value);
        const auto local =
            variable.local_rank == nullptr ? std::nullopt : value_of(environment, variable.local_rank);
        if (local) scheduled.labels.emplace("local_rank", *local);
        return scheduled;
    }
    throw_missing(source, missing);
}

}  // namespace

ScheduledRank scheduled_rank(const std::string& source, const Environment& environment) {
    ScheduledRank scheduled = rank_from(source, environment);
    for (const LabelVariable& label : k_labels) {
        const auto value = value_of(environment, label.variable);
        if (value && !value->empty()) scheduled.labels.emplace(label.label, *value);
    }
    return scheduled;
}

}  // namespace snapq::commands
