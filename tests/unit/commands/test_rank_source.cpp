#include "commands/rank_source.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

using Variables = std::map<std::string, std::string>;

ScheduledRank rank_in(const std::string& source, const Variables& variables) {
    return scheduled_rank(source, [&](const char* name) -> const char* {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    });
}

std::string complaint(const std::string& source, const Variables& variables) {
    try {
        static_cast<void>(rank_in(source, variables));
    } catch (const UsageError& error) {
        return error.what();
    }
    return {};
}

const Variables k_slurm_task{{"SLURM_PROCID", "5"},  {"SLURM_STEP_ID", "0"},       {"SLURM_LOCALID", "1"},
                             {"SLURM_JOB_ID", "77"}, {"SLURMD_NODENAME", "node2"}, {"HOSTNAME", "login"}};

}  // namespace

TEST_CASE("a task of Slurm has a rank, and labels that say where it ran") {
    const ScheduledRank found = rank_in("slurm", k_slurm_task);
    CHECK(found.rank == 5);
    CHECK(found.labels == Variables{{"host", "node2"}, {"job", "77"}, {"local_rank", "1"}});
    CHECK(rank_in("auto", k_slurm_task).rank == 5);
}

TEST_CASE("the tasks of a job array have the number of the array as their job") {
    Variables variables = k_slurm_task;
    variables.insert({{"SLURM_ARRAY_JOB_ID", "70"}, {"SLURM_ARRAY_TASK_ID", "12"}});
    const ScheduledRank found = rank_in("env:SLURM_ARRAY_TASK_ID", variables);
    CHECK(found.rank == 12);
    CHECK(found.labels == Variables{{"array_task", "12"}, {"host", "node2"}, {"job", "70"}});
}

TEST_CASE("a batch script of Slurm is no task, although it has a number") {
    CHECK(complaint("slurm", {{"SLURM_PROCID", "0"}}) ==
          "--rank-from slurm: this is a batch script of Slurm, whose SLURM_PROCID is always 0");
    CHECK_FALSE(complaint("auto", {{"SLURM_PROCID", "0"}}).empty());
}

TEST_CASE("a launcher inside of a job counts before the scheduler") {
    Variables variables = k_slurm_task;
    variables.insert({{"OMPI_COMM_WORLD_RANK", "9"}, {"OMPI_COMM_WORLD_LOCAL_RANK", "3"}});
    CHECK(rank_in("auto", variables).rank == 9);
    CHECK(rank_in("auto", variables).labels.at("local_rank") == "3");
    CHECK(rank_in("mpi", variables).rank == 9);
    CHECK(rank_in("slurm", variables).rank == 5);
    variables.insert({"RANK", "11"});
    CHECK(rank_in("auto", variables).rank == 11);
}

TEST_CASE("each launcher has its variable") {
    CHECK(rank_in("mpi", {{"PMIX_RANK", "1"}}).rank == 1);
    CHECK(rank_in("mpi", {{"PMI_RANK", "2"}, {"MPI_LOCALRANKID", "0"}}).labels ==
          Variables{{"local_rank", "0"}});
    CHECK(rank_in("auto", {{"JOB_COMPLETION_INDEX", "4"}}).rank == 4);
    CHECK(rank_in("env:MY_RANK", {{"MY_RANK", "2147483648"}}).rank == 2147483648);
    CHECK(rank_in("env:R", {{"R", "0"}, {"HOSTNAME", ""}, {"PBS_JOBID", "8.pbs"}}).labels ==
          Variables{{"job", "8.pbs"}});
}

TEST_CASE("what is missing or no number is named") {
    CHECK(complaint("slurm", {}) == "--rank-from slurm: the environment has no SLURM_PROCID");
    CHECK(complaint("mpi", k_slurm_task) ==
          "--rank-from mpi: the environment has no OMPI_COMM_WORLD_RANK, PMIX_RANK, PMI_RANK");
    CHECK(complaint("env:A", {}) == "--rank-from env:A: the environment has no A");
    CHECK(complaint("env:", {}) == "--rank-from env:: the name of a variable is missing");
    for (const char* value : {"", "x", "-1", "1x", " 1", "99999999999999999999"}) {
        CHECK(complaint("env:A", {{"A", value}}) ==
              fmt::format("--rank-from env:A: A is '{}', not a number from 0", value));
    }
    for (const char* source : {"", "lsf", "env", "Slurm"})
        CHECK(complaint(source, k_slurm_task) ==
              fmt::format("--rank-from '{}': expected slurm, mpi, auto or env:NAME", source));
}

}  // namespace snapq::commands
