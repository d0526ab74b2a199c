#include "commands/ranks.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

namespace snapq::commands {

TEST_CASE("ranks are read from the names that frameworks give") {
    CHECK(rank_of_name("rank0_memory.pickle") == 0);
    CHECK(rank_of_name("Rank_07.pkl") == 7);
    CHECK(rank_of_name("memory_rank-2.pickle") == 2);
    CHECK(rank_of_name("iteration_10_rank3_snapshot.pickle") == 3);
    CHECK(rank_of_name("node1.rank12.pickle.gz") == 12);
    CHECK(rank_of_name("snapshot_3.pickle") == 3);
    CHECK(rank_of_name("mem_snapshot-4.pickle") == 4);
}

TEST_CASE("a path ends in the name that the file has in its directory") {
    const std::filesystem::path here = std::filesystem::current_path();
    CHECK(path_with_own_name("ranks/rank3.zip") == "ranks/rank3.zip");
    CHECK(path_with_own_name("ranks/rank3/") == "ranks/rank3");
    CHECK(path_with_own_name("ranks/./rank3//.") == "ranks/rank3");
    CHECK(path_with_own_name(".") == here);
    CHECK(path_with_own_name("..") == here.parent_path());
    CHECK(own_name("ranks/rank3/") == "rank3");
    CHECK(own_name(".") == here.filename());
    CHECK(own_name("/").empty());
}

TEST_CASE("the word rank is preferred to the number of a snapshot") {
    CHECK(rank_of_name("snapshot_9_rank1.pickle") == 1);
}

TEST_CASE("other numbers are not ranks") {
    CHECK_FALSE(rank_of_name("run17.pickle"));
    CHECK_FALSE(rank_of_name("lowrank8.pickle"));  // a method, not a process
    CHECK_FALSE(rank_of_name("snapshot3.pickle"));
    CHECK_FALSE(rank_of_name("rank.pickle"));
    CHECK_FALSE(rank_of_name("rank1234567890.pickle"));
    CHECK_FALSE(rank_of_name(""));
}

TEST_CASE("a pattern of the user replaces the built-in ones") {
    CHECK(rank_by_pattern("node_4_gpu.pickle", "node_(\\d+)") == 4);
    CHECK_FALSE(rank_by_pattern("rank7.pickle", "node_(\\d+)"));
    CHECK_FALSE(rank_by_pattern("node_x.pickle", "node_(.*)"));  // no number
}

TEST_CASE("an invalid pattern is an error, one that does not match is not") {
    CHECK_THROWS_WITH(rank_by_pattern("a", "("), Catch::Contains("--rank-regex '('"));
    CHECK_THROWS_WITH(rank_by_pattern("a", "a\\d+"), Catch::Contains("has no group"));
}

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
