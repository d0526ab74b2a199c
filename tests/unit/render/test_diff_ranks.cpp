#include "render/diff.hpp"
#include "support/catch.hpp"
#include "support/devices.hpp"

using namespace snapq;

TEST_CASE("the table of ranks names pinned host memory") {
    report::RanksDiff diff;
    diff.ranks.push_back({3, "rank3.zip", {{k_host_device, {1024, 3072}}}});
    CHECK(render::ranks_diff_text(diff, {}).find("rank 3    host") != std::string::npos);
    CHECK(render::ranks_diff_markdown(diff, {}).find("| rank 3 | host |") != std::string::npos);
}
