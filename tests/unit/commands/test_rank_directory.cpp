#include "commands/rank_directory.hpp"

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

}  // namespace snapq::commands
