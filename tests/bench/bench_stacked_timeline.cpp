// Speed of the timeline: construction and text, on the mix of a training run (26 live elements above a freed
// one on average) and on shapes where exactness would be quadratic.
#include <benchmark/benchmark.h>

#include <memory>

#include "bench/training_input.hpp"
#include "timeline/stacked/closes.hpp"
#include "unit/timeline/stacked/stacked_timeline_fixture.hpp"

namespace snapq::timeline::tests {
namespace {

using bench::some_size;

const std::uint32_t k_elements = bench::events_or(1'000'000);

// 500 live elements; an element that ends has 0 to 52 live ones above it.
std::unique_ptr<TraceBuilder> training_mix() {
    auto trace = std::make_unique<TraceBuilder>();
    Random random(1);
    std::vector<std::uint32_t> live;
    for (std::uint32_t n = 0; n < k_elements; ++n) {
        live.push_back(trace->alloc(some_size(random)));
        if (live.size() < 500) continue;
        const auto at = static_cast<std::ptrdiff_t>(live.size() - 1 - random.below(53));
        trace->close(live[static_cast<std::size_t>(at)]);
        live.erase(live.begin() + at);
    }
    trace->finish();
    return trace;
}

// 10,000 elements stay live above a million elements that end: 20 billion points if exact.
std::unique_ptr<TraceBuilder> long_lived_above_churn() {
    auto trace = std::make_unique<TraceBuilder>();
    Random random(2);
    std::vector<std::uint32_t> low;
    for (std::uint32_t n = 0; n < k_elements; ++n) low.push_back(trace->alloc(some_size(random)));
    for (std::uint32_t n = 0; n < k_elements / 100; ++n) trace->alloc(some_size(random));
    random.shuffle(low);
    for (const std::uint32_t idx : low) {
        trace->close(idx);
        if (random.below(2) == 0) trace->close(trace->alloc(some_size(random)));
    }
    trace->finish();
    return trace;
}

void construct(benchmark::State& state, const TraceBuilder& trace, PointLimit limit) {
    for (auto _ : state) {
        const StackedTimeline stacked_timeline(trace.snapshot(), trace.replay(), limit);
        benchmark::DoNotOptimize(stacked_timeline.point_count());
    }
    state.SetItemsProcessed(state.iterations() * trace.element_count());
}

void render(benchmark::State& state, const TraceBuilder& trace, PointLimit limit) {
    const StackedTimeline stacked_timeline(trace.snapshot(), trace.replay(), limit);
    std::uint64_t bytes = 0;
    for (auto _ : state) {
        for (const Shard& shard : stacked_timeline.shards()) {
            stacked_timeline.render(shard, [&](std::string_view piece) { bytes += piece.size(); });
        }
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
    state.counters["points"] = static_cast<double>(stacked_timeline.point_count());
    state.counters["limit"] = static_cast<double>(stacked_timeline.limit_in_force());
}

// Measures only the searches in the tree of closes, without writing text. For each element, it finds the
// closes that move the element down.
void report_ranges(benchmark::State& state, const TraceBuilder& trace) {
    const Elements& elements = trace.replay().elements;
    const CloseTree tree(elements.closes);
    std::vector<std::uint32_t> close_of(elements.size(), tree.size());
    std::vector<std::uint32_t> first_close(elements.size());
    for (std::uint32_t close = 0; close < tree.size(); ++close) close_of[tree.idx(close)] = close;
    // The closes before the start of the element; closes are in time order.
    std::uint32_t before = 0;
    for (std::uint32_t idx = 0; idx < elements.size(); ++idx) {
        while (before < tree.size() && elements.end[tree.idx(before)] <= elements.source[idx]) ++before;
        first_close[idx] = before;
    }
    std::uint64_t found = 0;
    for (auto _ : state) {
        for (std::uint32_t idx = 0; idx < elements.size(); ++idx) {
            CloseTree::Cursor below(tree, first_close[idx], idx);
            while (below.next() < close_of[idx]) ++found;
        }
        benchmark::DoNotOptimize(found);
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(found));
    state.counters["per_element"] =
        static_cast<double>(found) / static_cast<double>(state.iterations()) / elements.size();
}

const TraceBuilder& training() {
    static const std::unique_ptr<TraceBuilder> trace = training_mix();
    return *trace;
}

const TraceBuilder& hostile() {
    static const std::unique_ptr<TraceBuilder> trace = long_lived_above_churn();
    return *trace;
}

void construct_training(benchmark::State& state) {
    construct(state, training(), PointLimit{});
}
void report_ranges_training(benchmark::State& state) {
    report_ranges(state, training());
}
void render_training(benchmark::State& state) {
    render(state, training(), PointLimit{});
}
void render_training_thinned(benchmark::State& state) {
    render(state, training(), PointLimit{20});
}
void construct_hostile(benchmark::State& state) {
    construct(state, hostile(), PointLimit{});
}
void render_hostile(benchmark::State& state) {
    render(state, hostile(), PointLimit{});
}
void render_hostile_coarse(benchmark::State& state) {
    render(state, hostile(), PointLimit{100});
}

BENCHMARK(construct_training)->Unit(benchmark::kMillisecond);
BENCHMARK(report_ranges_training)->Unit(benchmark::kMillisecond);
BENCHMARK(render_training)->Unit(benchmark::kMillisecond);
BENCHMARK(render_training_thinned)->Unit(benchmark::kMillisecond);
BENCHMARK(construct_hostile)->Unit(benchmark::kMillisecond);
BENCHMARK(render_hostile)->Unit(benchmark::kMillisecond);
BENCHMARK(render_hostile_coarse)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace snapq::timeline::tests
