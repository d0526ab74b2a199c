#include <algorithm>

#include "simdjson.h"
#include "support/catch.hpp"
#include "timeline/stacked/thinning.hpp"
#include "unit/timeline/stacked/stacked_timeline_fixture.hpp"

namespace snapq::timeline::tests {
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
            if (at == parsed.points.size()) FAIL("more offsets than timesteps");
            parsed.points[at++].second = std::int64_t{offset};
        }
        REQUIRE(at == parsed.points.size());
        elements.push_back(std::move(parsed));
    }
    return elements;
}

// The exact line of an element at a step that is not in the middle of a drop. A line is level from its points
// 0 to 1, 2 to 3 and so on.
std::optional<std::int64_t> offset_at(const std::vector<Point>& line, std::uint32_t step) {
    auto at = std::upper_bound(line.begin(), line.end(), step,
                               [](std::uint32_t wanted, const Point& point) { return wanted < point.first; });
    const auto after = at - line.begin();
    if (after == 0) return std::nullopt;
    --at;
    if (at->first == step || after % 2 == 1) return at->second;
    return std::nullopt;
}

// What each thinned line must have in common with the exact one.
bool is_sound(const std::vector<Point>& got, const std::vector<Point>& line, std::uint64_t limit) {
    if (got.size() > limit || got.size() < 4 || got.size() % 2 != 0) return false;
    if (got.front() != line.front() || got.back() != line.back()) return false;
    for (std::size_t k = 0; k < got.size(); ++k) {
        // Only a close at step 0 has the same step as the start before it.
        if (k > 1 && got[k - 1].first >= got[k].first) return false;
        if (k > 0 && k + 1 < got.size() && offset_at(line, got[k].first) != got[k].second) return false;
        if (k % 2 == 1 && got[k - 1].second != got[k].second) return false;
    }
    return true;
}

void check_thinned(const NaiveTimeline& exact, const StackedTimeline& stacked_timeline, std::uint64_t limit) {
    const std::vector<Parsed> thinned = parse(text_of(stacked_timeline));
    REQUIRE(thinned.size() == exact.elements.size());
    std::uint64_t points = 0;
    bool any = false;
    for (std::size_t idx = 0; idx < thinned.size(); ++idx) {
        const std::vector<Point>& got = thinned[idx].points;
        const std::vector<Point>& line = exact.elements[idx].points;
        points += got.size();
        REQUIRE(thinned[idx].size == exact.elements[idx].size);
        if (line.size() <= limit) {
            REQUIRE((got == line));
            continue;
        }
        any = true;
        REQUIRE(is_sound(got, line, limit));
    }
    REQUIRE(points == stacked_timeline.point_count());
    REQUIRE(stacked_timeline.exact() == !any);
    REQUIRE(stacked_timeline.limit_in_force() == (any ? limit : 0));
    REQUIRE(stacked_timeline.exact_point_count() == exact.point_count);
}

// Many live elements above a churn: `low` ones end in random order, each followed by a short-lived one on
// top.
void stack_above_churn(TraceBuilder& trace, std::uint32_t low_count, std::uint32_t above_count) {
    Random random(99);
    std::vector<std::uint32_t> low;
    for (std::uint32_t n = 0; n < low_count; ++n) low.push_back(trace.freed_later(1 + random.below(9000)));
    for (std::uint32_t n = 0; n < above_count; ++n) trace.alloc(1 + random.below(9000));
    random.shuffle(low);
    for (const std::uint32_t idx : low) {
        trace.close(idx);
        trace.close(trace.alloc(1 + random.below(9000)));
    }
}

// Checks that all points of element `idx` in the text lie on its exact line: at each step, the offset is the
// sum of the live elements below. Does not use closes, windows or trees.
void check_on_exact_line(const StackedTimeline& stacked_timeline, const ElementReader& reader,
                         std::uint32_t idx, const Parsed& got) {
    std::vector<Point> ends;
    for (std::uint32_t below = 0; below < idx; ++below)
        ends.emplace_back(stacked_timeline.end_step(below), reader.size(below));
    std::sort(ends.begin(), ends.end());
    std::int64_t offset = 0;
    for (const auto& [step, size] : ends) offset += size;
    auto gone = ends.begin();
    REQUIRE(got.points.front().first == stacked_timeline.start_step(idx));
    REQUIRE(got.points.back().first == stacked_timeline.end_step(idx));
    for (const auto& [step, got_offset] : got.points) {
        while (gone != ends.end() && gone->first < step) offset -= (gone++)->second;
        if (got_offset != offset) FAIL("element " << idx << " at step " << step << ": " << got_offset);
    }
}

}  // namespace

TEST_CASE("Thinned lines lie on the exact ones, for random traces and limits") {
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
            check_thinned(exact, StackedTimeline(trace.snapshot(), replay, PointLimit{limit}), limit);
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
        const StackedTimeline stacked_timeline(trace.snapshot(), replay, PointLimit{limit});
        REQUIRE(stacked_timeline.shards().size() > 3);
        check_thinned(exact, stacked_timeline, limit);
    }
}

TEST_CASE("A limit below 4 counts as 4") {
    TraceBuilder trace;
    const auto first = trace.alloc(1);
    const auto second = trace.alloc(2);
    trace.alloc(4);
    trace.close(first);
    trace.close(second);
    const StackedTimeline stacked_timeline(trace.snapshot(), trace.finish(), PointLimit{1});
    CHECK(stacked_timeline.limit_in_force() == 4);
    CHECK(text_of(stacked_timeline, stacked_timeline.shards().front())
              .ends_with("{\"timesteps\":[2,3,10,11],\"offsets\":[3,3,0,0],\"size\":4}"));
}

TEST_CASE("Window sums are the same from stored copies, from a scan and by definition") {
    TraceBuilder trace;
    stack_above_churn(trace, 70'000, 20);
    const Replay& replay = trace.finish();
    const Elements& elements = replay.elements;
    std::vector<std::uint32_t> drops;
    const AnimationClock clock(elements, drops);
    const CloseTree closes(elements.closes);
    const ElementReader reader(trace.snapshot(), replay.trace, elements);
    const ElementSizes sizes(reader, elements.size(), closes);
    const Thinning thinning(drops, PointLimit{200}, 0, clock, closes, sizes);
    const WindowSums sums(thinning, clock, closes, sizes, elements.size());
    Random random(1);
    for (std::uint32_t level = 1; level < 18; ++level) {
        const std::uint32_t below = random.below(elements.size() + 1);
        const std::uint64_t windows = (closes.size() >> level) + 1;
        const std::uint64_t first = random.below(static_cast<std::uint32_t>(windows));
        std::vector<std::int64_t> expected(windows - first);
        std::int64_t closed = 0;
        for (std::uint32_t close = 0; close < closes.size(); ++close) {
            const std::int64_t size = reader.size(closes.idx(close));
            if (close % 997 == 0) REQUIRE(sums.closed_before(close) == closed);
            closed += size;
            if (closes.idx(close) < below && close >> level >= first)
                expected[(close >> level) - first] += size;
        }
        REQUIRE(sums.closed_before(closes.size()) == closed);
        std::vector<std::int64_t> got(expected.size(), -1);
        sums.fill(level, below, first, got);
        REQUIRE(got == expected);
    }
}

TEST_CASE("A tall stack above many short allocations is thinned without visiting its exact points") {
    TraceBuilder trace;
    stack_above_churn(trace, 150'000, 3000);
    const Replay& replay = trace.finish();
    const ElementReader reader(trace.snapshot(), replay.trace, replay.elements);
    for (const std::uint64_t limit : {4U, 40U, 3000U, 200'000U}) {
        const StackedTimeline stacked_timeline(trace.snapshot(), replay, PointLimit{limit});
        REQUIRE(stacked_timeline.exact_point_count() > 10'000'000'000);
        REQUIRE(stacked_timeline.point_count() <= limit * replay.elements.size());
        REQUIRE(stacked_timeline.limit_in_force() == limit);
        const std::vector<Shard>& shards = stacked_timeline.shards();
        for (std::size_t at = 0; at < shards.size(); at += shards.size() / 8 + 1) {
            const std::vector<Parsed> elements =
                parse(text_of(stacked_timeline, shards[at]).substr(at == 0 ? 0 : 2));
            REQUIRE(elements.size() == shards[at].last - shards[at].first);
            const std::size_t middle = elements.size() / 2;
            CHECK(elements[middle].points.size() <= limit);
            check_on_exact_line(stacked_timeline, reader,
                                shards[at].first + static_cast<std::uint32_t>(middle), elements[middle]);
        }
    }
}

TEST_CASE("Without a limit, a timeline of more than 50 million points is thinned below that") {
    TraceBuilder trace;
    stack_above_churn(trace, 60'000, 10);
    const Replay& replay = trace.finish();
    const StackedTimeline stacked_timeline(trace.snapshot(), replay, PointLimit{});
    CHECK(stacked_timeline.exact_point_count() > 1'000'000'000);
    CHECK(stacked_timeline.point_count() <= 50'000'000);
    CHECK(stacked_timeline.point_count() > 20'000'000);
    CHECK_FALSE(stacked_timeline.exact());
    CHECK(stacked_timeline.limit_in_force() > 250);
    const StackedTimeline of_larger_input(trace.snapshot(), replay, {std::nullopt, 200'000'000});
    CHECK(of_larger_input.point_count() <= 200'000'000);
    CHECK(of_larger_input.point_count() > 80'000'000);
    CHECK(StackedTimeline(trace.snapshot(), replay, PointLimit{0}).exact());
}

}  // namespace snapq::timeline::tests
