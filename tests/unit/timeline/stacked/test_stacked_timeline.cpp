#include <array>
#include <limits>
#include <thread>

#include "support/catch.hpp"
#include "support/error.hpp"
#include "timeline/stacked/animation_clock.hpp"
#include "unit/timeline/stacked/stacked_timeline_fixture.hpp"

namespace snapq::timeline::tests {
namespace {

constexpr PointLimit k_exact{0};

// A random trace in which `stay` of 10 steps allocate. A small value keeps the stack low.
void fill_randomly(TraceBuilder& trace, Random& random, int steps) {
    const auto below = [&](std::uint32_t limit) { return random.below(limit); };
    const auto size = [&] { return std::int64_t{below(4)} * 512 + below(3); };
    std::vector<std::uint32_t> live;
    for (std::uint32_t n = below(6); n > 0; --n) trace.kept(size());
    for (std::uint32_t n = below(6); n > 0; --n) live.push_back(trace.freed_later(size()));
    const std::uint32_t allocs_of_10 = 3 + below(4);
    const bool recent_first = below(2) == 0;
    for (int step = 0; step < steps; ++step) {
        const std::uint32_t dice = below(10);
        if (live.empty() || dice < allocs_of_10) {
            live.push_back(trace.alloc(size()));
            continue;
        }
        if (dice == 9) trace.other();
        const auto count = static_cast<std::uint32_t>(live.size());
        const std::uint32_t at = recent_first ? count - 1 - below(std::min(count, 4U)) : below(count);
        const std::uint32_t idx = live[at];
        live.erase(live.begin() + at);
        if (dice == 8) {
            live.push_back(trace.alloc_over(idx, size()));
        } else {
            trace.close(idx);
        }
    }
}

}  // namespace

TEST_CASE("A stack of three drops when the lowest element ends") {
    TraceBuilder trace;
    const auto kept = trace.kept(100);
    const auto freed = trace.freed_later(10);
    const auto alloc = trace.alloc(1);
    trace.other();
    trace.close(freed);
    const StackedTimeline stacked_timeline(trace.snapshot(), trace.finish(), k_exact);

    CHECK(text_of(stacked_timeline) ==
          "{\"timesteps\":[0,5],\"offsets\":[0,0],\"size\":100},\n"
          "{\"timesteps\":[0,1],\"offsets\":[100,100],\"size\":10},\n"
          "{\"timesteps\":[0,1,4,5],\"offsets\":[110,110,100,100],\"size\":1}");
    CHECK(stacked_timeline.start_step(alloc) == 0);
    CHECK(stacked_timeline.end_step(freed) == 1);
    CHECK(stacked_timeline.end_step(kept) == 5);
    CHECK(stacked_timeline.final_step() == 5);
    CHECK(stacked_timeline.step_of_event(0) == 0);
    CHECK(stacked_timeline.step_of_event(1) == 1);
    CHECK(stacked_timeline.step_of_event(2) == 1);
    CHECK(stacked_timeline.point_count() == 8);
    CHECK(stacked_timeline.exact());
}

TEST_CASE("An element that ends on top takes one step and moves nothing") {
    TraceBuilder trace;
    trace.close(trace.alloc(5));
    trace.alloc(7);
    CHECK(text_of(StackedTimeline(trace.snapshot(), trace.finish(), k_exact)) ==
          "{\"timesteps\":[0,1],\"offsets\":[0,0],\"size\":5},\n"
          "{\"timesteps\":[2,3],\"offsets\":[0,0],\"size\":7}");
}

TEST_CASE("An alloc over a live address ends the old element first") {
    TraceBuilder trace;
    trace.alloc_over(trace.alloc(5), 7);
    const StackedTimeline stacked_timeline(trace.snapshot(), trace.finish(), k_exact);
    CHECK(text_of(stacked_timeline) ==
          "{\"timesteps\":[0,1],\"offsets\":[0,0],\"size\":5},\n"
          "{\"timesteps\":[2,3],\"offsets\":[0,0],\"size\":7}");
    CHECK(stacked_timeline.step_of_event(1) == 1);
}

TEST_CASE("A device without trace has its blocks at step 0") {
    TraceBuilder trace;
    trace.kept(3);
    trace.kept(4);
    Replay replay;
    replay.elements.kept_count = 2;
    for (const std::uint32_t block : {0U, 1U}) {
        replay.elements.source.push_back(block);
        replay.elements.end.push_back(Elements::k_none);
    }
    const StackedTimeline stacked_timeline(trace.snapshot(), replay, PointLimit{});
    CHECK(text_of(stacked_timeline) ==
          "{\"timesteps\":[0,0],\"offsets\":[0,0],\"size\":3},\n"
          "{\"timesteps\":[0,0],\"offsets\":[3,3],\"size\":4}");
    CHECK(stacked_timeline.final_step() == 0);
}

TEST_CASE("Without elements there is no shard") {
    const snapshot::Snapshot snapshot;
    const Replay replay;
    const StackedTimeline stacked_timeline(snapshot, replay, PointLimit{});
    CHECK(stacked_timeline.shards().empty());
    CHECK(stacked_timeline.point_count() == 0);
}

TEST_CASE("Random traces agree with a direct implementation of the rule") {
    Random random(20240517);
    for (int round = 0; round < 1500; ++round) {
        TraceBuilder trace;
        fill_randomly(trace, random, round % 50 == 0 ? 1500 : round % 90);
        const Replay& replay = trace.finish();
        const NaiveTimeline naive(trace.snapshot(), replay);
        const StackedTimeline stacked_timeline(trace.snapshot(), replay, k_exact);
        REQUIRE((text_of(stacked_timeline) == text_of(naive)));
        REQUIRE(stacked_timeline.final_step() == naive.final_step);
        REQUIRE(stacked_timeline.exact_point_count() == naive.point_count);
        REQUIRE(stacked_timeline.point_count() == naive.point_count);
        bool steps_agree = true;
        for (std::uint32_t event = 0; event < naive.event_steps.size(); ++event) {
            steps_agree = steps_agree && stacked_timeline.step_of_event(event) == naive.event_steps[event];
        }
        for (std::uint32_t idx = 0; idx < naive.elements.size(); ++idx) {
            const std::vector<Point>& points = naive.elements[idx].points;
            steps_agree = steps_agree && stacked_timeline.start_step(idx) == points.front().first &&
                          stacked_timeline.end_step(idx) == points.back().first;
        }
        REQUIRE(steps_agree);
    }
}

TEST_CASE("Shards are limited in elements and points, and can be rendered in any order") {
    TraceBuilder trace;
    std::vector<std::uint32_t> low;
    for (int n = 0; n < 400; ++n) low.push_back(trace.freed_later(512 * n));
    for (int n = 0; n < 1000; ++n) trace.alloc(1'000'000'007);  // each drops 400 times
    for (const std::uint32_t idx : low) trace.close(idx);
    for (int n = 0; n < 120'000; ++n) trace.alloc(1);
    const Replay& replay = trace.finish();
    const StackedTimeline stacked_timeline(trace.snapshot(), replay, k_exact);
    const std::vector<Shard>& shards = stacked_timeline.shards();

    REQUIRE(shards.size() > 10);
    std::uint32_t next = 0;
    std::uint64_t points = 0;
    for (const Shard& shard : shards) {
        CHECK(shard.first == next);
        CHECK(shard.last > shard.first);
        CHECK(shard.last - shard.first <= 50'000);
        CHECK(shard.points <= 65'536);
        next = shard.last;
        points += shard.points;
    }
    CHECK(next == replay.elements.size());
    CHECK(points == stacked_timeline.point_count());

    std::string backwards;
    for (auto shard = shards.rbegin(); shard != shards.rend(); ++shard) {
        backwards.insert(0, text_of(stacked_timeline, *shard));
    }
    const std::string expected = text_of(NaiveTimeline(trace.snapshot(), replay));
    CHECK((backwards == expected));  // parentheses, so that a failure does not print megabytes of text
}

TEST_CASE("Threads may render shards of one stacked timeline at the same time", "[threads]") {
    TraceBuilder trace;
    std::vector<std::uint32_t> low;
    for (int n = 0; n < 500; ++n) low.push_back(trace.freed_later(512 * n));
    for (int n = 0; n < 1000; ++n) trace.alloc(512);
    for (const std::uint32_t idx : low) trace.close(idx);
    const Replay& replay = trace.finish();
    for (const std::uint64_t limit : {0U, 100U}) {
        const StackedTimeline stacked_timeline(trace.snapshot(), replay, PointLimit{limit});
        std::array<std::string, 3> texts;
        {
            std::vector<std::jthread> threads;
            for (std::string& text : texts) threads.emplace_back([&] { text = text_of(stacked_timeline); });
        }
        CHECK((texts[0] == text_of(stacked_timeline)));
        CHECK((texts[1] == texts[0]));
        CHECK((texts[2] == texts[0]));
    }
}

TEST_CASE("Text is passed on in at most 64 KiB, also for long elements") {
    TraceBuilder trace;
    std::vector<std::uint32_t> low;
    for (int n = 0; n < 6'000; ++n) low.push_back(trace.freed_later(std::int64_t{1} << 40));
    trace.alloc(9);
    for (; !low.empty(); low.pop_back()) trace.close(low.back());  // only the alloc lies above
    const Replay& replay = trace.finish();
    const StackedTimeline stacked_timeline(trace.snapshot(), replay, PointLimit{});
    std::string text;
    for (const Shard& shard : stacked_timeline.shards()) {
        stacked_timeline.render(shard, [&](std::string_view piece) {
            CHECK(piece.size() <= 65'536);
            text += piece;
        });
    }
    CHECK((text == text_of(NaiveTimeline(trace.snapshot(), replay))));
}

TEST_CASE("Impossibly large sizes are limited, so that offsets do not overflow") {
    constexpr std::int64_t k_huge = std::numeric_limits<std::int64_t>::max();
    TraceBuilder trace;
    const auto first = trace.alloc(k_huge);
    trace.alloc(k_huge);
    trace.alloc(std::numeric_limits<std::int64_t>::min());
    trace.alloc(4);
    trace.close(first);
    const std::string text = text_of(StackedTimeline(trace.snapshot(), trace.finish(), k_exact));
    CHECK(text ==
          "{\"timesteps\":[0,4],\"offsets\":[0,0],\"size\":9223372036854775807},\n"
          "{\"timesteps\":[1,4,7,8],\"offsets\":[1152921504606846976,1152921504606846976,0,0],"
          "\"size\":9223372036854775807},\n"
          "{\"timesteps\":[2,4,7,8],\"offsets\":[2305843009213693952,2305843009213693952,1152921504606846976,"
          "1152921504606846976],\"size\":-9223372036854775808},\n"
          "{\"timesteps\":[3,4,7,8],\"offsets\":[1152921504606846976,1152921504606846976,0,0],\"size\":4}");
}

TEST_CASE("More than 65,535 different sizes are looked up in the event log") {
    TraceBuilder trace;
    std::vector<std::uint32_t> low;
    for (int n = 0; n < 66'000; ++n) low.push_back(trace.alloc(n + 1));
    trace.alloc(1);
    for (const std::uint32_t idx : low) trace.close(idx);
    const StackedTimeline stacked_timeline(trace.snapshot(), trace.finish(), k_exact);
    const std::string text = text_of(stacked_timeline, stacked_timeline.shards().back());
    CHECK(text.ends_with(",66000,66000,0,0],\"size\":1}"));
}

TEST_CASE("A clock that would pass its last step is refused") {
    TraceBuilder trace;
    trace.close(trace.alloc(1));
    const Replay& replay = trace.finish();
    std::vector<std::uint32_t> drops;
    CHECK_NOTHROW(AnimationClock(replay.elements, drops, 2));
    CHECK_THROWS_AS(AnimationClock(replay.elements, drops, 1), InputError);
}

}  // namespace snapq::timeline::tests
