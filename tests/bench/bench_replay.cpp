// Speed of the two passes over the events of a device: matching them to elements, then figures and tables.
#include <benchmark/benchmark.h>

#include "bench/training_input.hpp"

namespace snapq::bench {
namespace {

void count_events(benchmark::State& state) {
    const auto events = static_cast<std::int64_t>(training_snapshot().traces[0].events.size());
    state.SetItemsProcessed(state.iterations() * events);
}

void replay(benchmark::State& state) {
    const snapshot::Snapshot& snapshot = training_snapshot();
    for (auto _ : state) {
        const auto replayed = timeline::replay_device(snapshot, 0, timeline::Preexisting::all);
        benchmark::DoNotOptimize(replayed.elements.size());
    }
    count_events(state);
}

void tabulate(benchmark::State& state) {
    const snapshot::Snapshot& snapshot = training_snapshot();
    const timeline::Replay replayed = timeline::replay_device(snapshot, 0, timeline::Preexisting::all);
    const frames::StackPhases phases(snapshot.symbols);
    for (auto _ : state)
        benchmark::DoNotOptimize(timeline::tabulate(snapshot, phases, replayed).figures.peak_event);
    count_events(state);
}

BENCHMARK(replay)->Unit(benchmark::kMillisecond);
BENCHMARK(tabulate)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace snapq::bench
