// Speed of the database builder in rows per second.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include "archive/archive_reader.hpp"
#include "archive/database_builder.hpp"
#include "bench/training_input.hpp"
#include "frames/stack_class.hpp"
#include "io/temporaries.hpp"

namespace snapq::bench {
namespace {

// Rows of the tables that grow with the trace.
std::int64_t row_count() {
    const auto archive =
        archive::open_archive(training_archive(convert::Layout::directory, zip::Compression::store));
    archive::Database database = archive.open_database();
    return database.integer(
        "SELECT (SELECT count(*) FROM allocations) + (SELECT count(*) FROM other_events)");
}

void build_database(benchmark::State& state) {
    const snapshot::Snapshot& snapshot = training_snapshot();
    const convert::DeviceTimeline& device = training_timeline();
    const frames::StackPhases phases(snapshot.symbols);
    const timeline::DeviceTables tables = convert::tabulate(snapshot, phases, device);
    const std::array<archive::DeviceContents, 1> contents{
        {{&device.replay, &tables, &device.stacked_timeline}}};
    archive::Manifest manifest;
    const timeline::Replay* const replay = &device.replay;
    manifest.anomalies = archive::anomaly_records(snapshot, {&replay, 1});
    const tests::ScratchFolder folder;
    std::int64_t bytes = 0;
    for (auto _ : state) {
        const io::TempFile file(folder.path());
        frames::StackClassifier classifier(snapshot.symbols);
        archive::build_database(file.fd(), {snapshot, manifest, contents, phases,
                                            [&](snapshot::StackId stack, std::size_t longest) {
                                                return classifier.classify(stack, longest);
                                            },
                                            [&](snapshot::StackId stack) {
                                                return frames::stack_content_hash(snapshot.symbols, stack);
                                            }});
        bytes += ::lseek(file.fd(), 0, SEEK_END);
    }
    state.SetItemsProcessed(state.iterations() * row_count());
    state.SetBytesProcessed(bytes);
}

BENCHMARK(build_database)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace snapq::bench
