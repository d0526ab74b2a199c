#include "commands/rank_source.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "support/error.hpp"

namespace snapq::commands {
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
