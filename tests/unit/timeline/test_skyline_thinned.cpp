#include <algorithm>

#include "simdjson.h"
#include "support/catch.hpp"
#include "unit/timeline/skyline_fixture.hpp"

namespace snapq::timeline::test {
namespace {

struct Parsed {
    std::vector<Point> points;
    std::int64_t size = 0;
};

std::vector<Parsed> parse(const std::string& lines) {
    simdjson::dom::parser parser;
    std::vector<Parsed> elements;
    const std::string text = "[" + lines + "]";
    for (simdjson::dom::element element : parser.parse(text).get_array()) {
        Parsed parsed;
        parsed.size = std::int64_t{element["size"]};
        for (simdjson::dom::element step : element["timesteps"].get_array()) {
            parsed.points.emplace_back(static_cast<std::uint32_t>(std::uint64_t{step}), 0);
        }
        std::size_t at = 0;
        for (simdjson::dom::element offset : element["offsets"].get_array()) {
            REQUIRE(at < parsed.points.size());
            parsed.points[at++].second = std::int64_t{offset};
        }
        REQUIRE(at == parsed.points.size());
        elements.push_back(std::move(parsed));
    }
    return elements;
}

// The exact line of an element at a step that is not in the middle of a fall.
std::optional<std::int64_t> offset_at(const std::vector<Point>& line, std::uint32_t step) {
    std::optional<std::int64_t> found;
    for (std::size_t k = 0; k < line.size(); k += 2) {
        if (line[k].first <= step && step <= line[k + 1].first) found = line[k].second;
    }
    return found;
}

void check_thinned(const NaiveTimeline& exact, const Skyline& skyline, std::uint64_t limit) {
    const std::vector<Parsed> thinned = parse(text_of(skyline));
    REQUIRE(thinned.size() == exact.elements.size());
    std::uint64_t points = 0;
    bool any = false;
    for (std::size_t idx = 0; idx < thinned.size(); ++idx) {
        const std::vector<Point>& got = thinned[idx].points;
        const std::vector<Point>& line = exact.elements[idx].points;
        points += got.size();
        REQUIRE(thinned[idx].size == exact.elements[idx].size);
        if (line.size() <= limit) {
            REQUIRE(got == line);
            continue;
        }
        any = true;
        REQUIRE(got.size() <= limit);
        REQUIRE(got.size() >= 4);
        REQUIRE(got.size() % 2 == 0);
        REQUIRE(got.front() == line.front());
        REQUIRE(got.back() == line.back());
        for (std::size_t k = 0; k < got.size(); ++k) {
            // Only a close at step 0 stands at the same step as the start before it.
            if (k > 1) REQUIRE(got[k - 1].first < got[k].first);
            REQUIRE(offset_at(line, got[k].first) == got[k].second);
        }
        // Level between the pairs, as an exact line is.
        for (std::size_t k = 0; k < got.size(); k += 2) REQUIRE(got[k].second == got[k + 1].second);
    }
    REQUIRE(points == skyline.point_count());
    REQUIRE(skyline.exact() == !any);
    REQUIRE(skyline.limit_in_force() == (any ? limit : 0));
    REQUIRE(skyline.exact_point_count() == exact.point_count);
}

}  // namespace

TEST_CASE("Thinned lines lie on the exact ones, whatever the trace and the limit") {
    Random random(4711);
    const auto below = [&](std::uint32_t limit) { return random.below(limit); };
    for (int round = 0; round < 250; ++round) {
        TraceBuilder trace;
        std::vector<std::uint32_t> live;
        for (std::uint32_t n = below(4); n > 0; --n) trace.kept(1 + below(1000));
        for (std::uint32_t n = below(60); n > 0; --n) live.push_back(trace.freed_later(1 + below(1000)));
        const std::uint32_t events = 50 + below(500);
        const bool oldest_first = below(2) == 0;
        for (std::uint32_t event = 0; event < events; ++event) {
            if (live.size() < 2 || below(100) < (event < events / 2 ? 70 : 30)) {
                live.push_back(trace.alloc(1 + below(1000)));
            } else {
                const auto range = static_cast<std::uint32_t>(live.size());
                const std::uint32_t at = below(oldest_first ? std::min(range, 3U) : range);
                trace.close(live[at]);
                live.erase(live.begin() + at);
            }
        }
        const Replay& replay = trace.finish();
        const NaiveTimeline exact(trace.snapshot(), replay);
        for (const std::uint64_t limit : {4U, 5U, 6U, 9U, 16U, 33U, 100U, 1000U}) {
            check_thinned(exact, Skyline(trace.snapshot(), replay, PointLimit{limit}), limit);
        }
    }
}

TEST_CASE("Thinned lines are right across many shards") {
    Random random(5);
    TraceBuilder trace;
    std::vector<std::uint32_t> low;
    for (int n = 0; n < 1200; ++n) low.push_back(trace.freed_later(1 + random.below(5000)));
    std::vector<std::uint32_t> live;
    std::size_t next = 0;
    random.shuffle(low);
    for (int n = 0; n < 3000; ++n) {
        live.push_back(trace.alloc(1 + random.below(5000)));
        if (n % 3 == 0) {
            std::swap(live[random.below(static_cast<std::uint32_t>(live.size()))], live.back());
            trace.close(live.back());
            live.pop_back();
        }
        if (n > 1500 && next < low.size()) trace.close(low[next++]);
    }
    const Replay& replay = trace.finish();
    const NaiveTimeline exact(trace.snapshot(), replay);
    for (const std::uint64_t limit : {200U, 500U, 1500U}) {
        const Skyline skyline(trace.snapshot(), replay, PointLimit{limit});
        REQUIRE(skyline.shards().size() > 3);
        check_thinned(exact, skyline, limit);
    }
}

TEST_CASE("A limit below 4 is taken as 4") {
    TraceBuilder trace;
    const auto first = trace.alloc(1);
    const auto second = trace.alloc(2);
    trace.alloc(4);
    trace.close(first);
    trace.close(second);
    const Skyline skyline(trace.snapshot(), trace.finish(), PointLimit{1});
    CHECK(skyline.limit_in_force() == 4);
    CHECK(text_of(skyline, skyline.shards().front())
              .ends_with("{\"timesteps\":[2,3,10,11],\"offsets\":[3,3,0,0],\"size\":4}"));
}

}  // namespace snapq::timeline::test
