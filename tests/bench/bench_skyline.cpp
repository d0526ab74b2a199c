// Speed of the timeline: construction and text, on the mix of a training run (26 live elements above a freed
// one on average) and on shapes where exactness would be quadratic.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "timeline/decimal.hpp"
#include "unit/timeline/skyline_fixture.hpp"

namespace snapq::timeline::test {
namespace {

constexpr std::uint32_t k_elements = 1'000'000;

std::int64_t some_size(Random& random) {
    constexpr std::int64_t k_sizes[] = {512,     2048,    4096,     8192,     49152,    786432,    1048576,
                                        4194304, 9437184, 12582912, 16777216, 40960000, 154389504, 24};
    return k_sizes[random.below(std::size(k_sizes))];
}

// 500 live elements; what ends has 0 to 52 live ones above it.
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

// 10 000 elements live on above, while each of a million below ends: 20 billion points if exact.
std::unique_ptr<TraceBuilder> long_lived_above_churn() {
    auto trace = std::make_unique<TraceBuilder>();
    Random random(2);
    std::vector<std::uint32_t> low;
    for (std::uint32_t n = 0; n < k_elements; ++n) low.push_back(trace->alloc(some_size(random)));
    for (std::uint32_t n = 0; n < 10'000; ++n) trace->alloc(some_size(random));
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
        const Skyline skyline(trace.snapshot(), trace.replay(), limit);
        benchmark::DoNotOptimize(skyline.point_count());
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * trace.element_count());
}

void render(benchmark::State& state, const TraceBuilder& trace, PointLimit limit) {
    const Skyline skyline(trace.snapshot(), trace.replay(), limit);
    std::uint64_t bytes = 0;
    for (auto _ : state) {
        for (const Shard& shard : skyline.shards()) {
            skyline.render(shard, [&](std::string_view piece) { bytes += piece.size(); });
        }
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
    state.counters["points"] = static_cast<double>(skyline.point_count());
    state.counters["limit"] = static_cast<double>(skyline.limit_in_force());
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
BENCHMARK(render_training)->Unit(benchmark::kMillisecond);
BENCHMARK(render_training_thinned)->Unit(benchmark::kMillisecond);
BENCHMARK(construct_hostile)->Unit(benchmark::kMillisecond);
BENCHMARK(render_hostile)->Unit(benchmark::kMillisecond);
BENCHMARK(render_hostile_coarse)->Unit(benchmark::kMillisecond);

// Why decimal.hpp: the same numbers by fmt, copied to where they belong.
std::vector<std::int64_t> some_offsets() {
    Random random(3);
    std::vector<std::int64_t> offsets(4096);
    for (std::int64_t& offset : offsets) offset = static_cast<std::int64_t>(random.word() >> 28);
    return offsets;
}

void offsets_by_decimal(benchmark::State& state) {
    const std::vector<std::int64_t> offsets = some_offsets();
    std::vector<char> text(offsets.size() * k_decimal_room);
    std::size_t bytes = 0;
    for (auto _ : state) {
        char* out = text.data();
        for (const std::int64_t offset : offsets) out = append_decimal(out, offset) + 1;
        bytes += static_cast<std::size_t>(out - text.data());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void offsets_by_fmt(benchmark::State& state) {
    const std::vector<std::int64_t> offsets = some_offsets();
    std::vector<char> text(offsets.size() * k_decimal_room);
    std::size_t bytes = 0;
    for (auto _ : state) {
        char* out = text.data();
        for (const std::int64_t offset : offsets) {
            const fmt::format_int digits(offset);
            out = std::copy_n(digits.data(), digits.size(), out);
            *out++ = ',';
        }
        bytes += static_cast<std::size_t>(out - text.data());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void steps_by_decimal(benchmark::State& state) {
    std::vector<char> text(8192 * k_decimal_room);
    std::size_t bytes = 0;
    for (auto _ : state) {
        char* out = text.data();
        StepText steps;
        for (std::uint32_t step = 1'234'567; step < 1'234'567 + 4096 * 37; step += 37) {
            out = steps.append(out, step);
            out = steps.append(out, step + 3);
        }
        bytes += static_cast<std::size_t>(out - text.data());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

BENCHMARK(offsets_by_decimal);
BENCHMARK(offsets_by_fmt);
BENCHMARK(steps_by_decimal);

}  // namespace
}  // namespace snapq::timeline::test
