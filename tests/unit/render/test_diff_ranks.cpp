#include "render/diff.hpp"
#include "support/catch.hpp"
#include "support/devices.hpp"

using namespace snapq;

TEST_CASE("the table of ranks names pinned host memory") {
    report::DiffDevice host;
    host.device = k_host_device;
    host.requested = {1024, 3072};
    host.peak_requested = host.requested;
    report::RanksDiff diff;
    diff.ranks.push_back({3, {}});
    diff.ranks.front().report.devices.push_back(host);
    CHECK(render::ranks_diff_text(diff, {}).find("rank 3    host") != std::string::npos);
    CHECK(render::ranks_diff_markdown(diff, {}).find("| rank 3 | host |") != std::string::npos);
}
