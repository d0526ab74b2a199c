// Timelines of real snapshots, as SnapViewer's converter wrote them. The test reads elements and closes back
// from their steps and sizes. The stacked timeline of these must be the same text.
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "simdjson.h"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include "unit/timeline/stacked/stacked_timeline_fixture.hpp"

namespace snapq::timeline::tests {
namespace {

std::string read_gzip(const std::filesystem::path& path) {
    gzFile file = gzopen(path.c_str(), "rb");
    REQUIRE(file != nullptr);
    std::string text;
    std::array<char, 65'536> buffer;
    for (int got = 0; (got = gzread(file, buffer.data(), buffer.size())) > 0;) {
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    REQUIRE(gzclose(file) == Z_OK);
    return text;
}

struct Lifetime {
    std::uint32_t start = 0;
    std::uint32_t end = 0;
    std::int64_t size = 0;
};

std::vector<Lifetime> lifetimes_of(const std::string& json) {
    simdjson::dom::parser parser;
    std::vector<Lifetime> lifetimes;
    for (simdjson::dom::element element : parser.parse(json).get_array()) {
        const simdjson::dom::array steps = element["timesteps"];
        lifetimes.push_back({static_cast<std::uint32_t>(std::uint64_t{steps.at(0)}),
                             static_cast<std::uint32_t>(std::uint64_t{steps.at(steps.size() - 1)}),
                             std::int64_t{element["size"]}});
    }
    return lifetimes;
}

// No two allocs or closes have the same step. What starts at step 0 existed before the trace, unless the
// first event is an alloc.
void rebuild(TraceBuilder& trace, const std::vector<Lifetime>& lifetimes) {
    std::uint32_t final_step = 0;
    for (const Lifetime& life : lifetimes) final_step = std::max(final_step, life.end);
    std::map<std::uint32_t, std::uint32_t> closes;
    for (std::uint32_t idx = 0; idx < lifetimes.size(); ++idx) {
        if (lifetimes[idx].end != final_step) REQUIRE(closes.emplace(lifetimes[idx].end, idx).second);
    }
    auto preexisting = static_cast<std::uint32_t>(std::count_if(
        lifetimes.begin(), lifetimes.end(), [](const Lifetime& life) { return life.start == 0; }));
    if (!closes.contains(0)) --preexisting;
    for (std::uint32_t idx = 0; idx < preexisting; ++idx) trace.freed_later(lifetimes[idx].size);
    auto close = closes.begin();
    for (std::uint32_t idx = preexisting; idx < lifetimes.size(); ++idx) {
        for (; close != closes.end() && close->first < lifetimes[idx].start; ++close)
            trace.close(close->second);
        trace.alloc(lifetimes[idx].size);
    }
    for (; close != closes.end(); ++close) trace.close(close->second);
}

}  // namespace

TEST_CASE("Timelines of real snapshots are the same as those of the reference converter") {
    const std::filesystem::path folder = SNAPQ_SOURCE_DIR "/../shared/corpus/expected";
    if (!std::filesystem::exists(folder)) return snapq::tests::skip_test("there are no recorded snapshots");
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".gz") continue;
        INFO(entry.path().filename().string());
        const std::string expected = read_gzip(entry.path());
        TraceBuilder trace;
        rebuild(trace, lifetimes_of(expected));
        const StackedTimeline stacked_timeline(trace.snapshot(), trace.finish(), PointLimit{});
        std::string text = "[" + text_of(stacked_timeline) + "]";
        text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
        CHECK(stacked_timeline.exact());
        CHECK((text == expected));
        ++files;
    }
    CHECK(files == 8);
}

}  // namespace snapq::timeline::tests
