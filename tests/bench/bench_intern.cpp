// Speed of interning texts, frames and stacks. As in a snapshot, nearly all values are already known.
#include <benchmark/benchmark.h>

#include "bench/training_input.hpp"

namespace snapq::bench {
namespace {

// 10 000 look-ups in random order; all values are known after the first few.
constexpr std::int64_t k_lookups = 10'000;

std::vector<std::uint32_t> some_ids(std::size_t count) {
    tests::Random random(4);
    std::vector<std::uint32_t> ids(static_cast<std::size_t>(k_lookups));
    for (std::uint32_t& id : ids) id = random.below(static_cast<std::uint32_t>(count));
    return ids;
}

void texts(benchmark::State& state) {
    const snapshot::Symbols& symbols = training_snapshot().symbols;
    const std::vector<std::uint32_t> ids = some_ids(symbols.text_count());
    TextInterner interner;
    std::int64_t bytes = 0;
    for (auto _ : state) {
        for (const std::uint32_t id : ids) {
            const std::string_view text = symbols.text(snapshot::TextId(id));
            bytes += static_cast<std::int64_t>(text.size());
            benchmark::DoNotOptimize(interner.intern(text));
        }
    }
    state.SetItemsProcessed(state.iterations() * k_lookups);
    state.SetBytesProcessed(bytes);
    state.counters["distinct"] = static_cast<double>(interner.size());
}

void frames(benchmark::State& state) {
    const snapshot::Symbols& symbols = training_snapshot().symbols;
    const std::vector<std::uint32_t> ids = some_ids(symbols.frame_count());
    RecordInterner<snapshot::Frame> interner;
    for (auto _ : state) {
        for (const std::uint32_t id : ids)
            benchmark::DoNotOptimize(interner.intern(symbols.frame(snapshot::FrameId(id))));
    }
    state.SetItemsProcessed(state.iterations() * k_lookups);
    state.counters["distinct"] = static_cast<double>(interner.size());
}

void stacks(benchmark::State& state) {
    const snapshot::Symbols& symbols = training_snapshot().symbols;
    std::vector<std::vector<std::uint32_t>> known(symbols.stack_count());
    for (std::uint32_t stack = 0; stack < known.size(); ++stack) {
        const snapshot::StackId id(stack);
        for (std::size_t level = 0; level < symbols.depth(id); ++level)
            known[stack].push_back(symbols.frame_at(id, level).value());
    }
    const std::vector<std::uint32_t> ids = some_ids(known.size());
    SequenceInterner interner;
    std::int64_t bytes = 0;
    for (auto _ : state) {
        for (const std::uint32_t id : ids) {
            bytes += static_cast<std::int64_t>(known[id].size() * sizeof(std::uint32_t));
            benchmark::DoNotOptimize(interner.intern(known[id].data(), known[id].size()));
        }
    }
    state.SetItemsProcessed(state.iterations() * k_lookups);
    state.SetBytesProcessed(bytes);
    state.counters["distinct"] = static_cast<double>(interner.size());
}

BENCHMARK(texts)->Unit(benchmark::kMicrosecond);
BENCHMARK(frames)->Unit(benchmark::kMicrosecond);
BENCHMARK(stacks)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace snapq::bench
