// Speed of the decoder on the pickles of both producers, compared with a skip-scan of the same bytes. A
// skip-scan only finds every opcode, which is the least that any decoder has to do; docs/performance.md
// states the budget as a multiple of it. The counter `skip_scans` is the CPU time divided by that of a
// skip-scan, `heap_per_event` is the number of heap allocations for each event (0 in sanitizer builds).
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <ctime>
#include <stdexcept>

#include "bench/count_allocations.hpp"
#include "bench/training_input.hpp"
#include "io/file_descriptor.hpp"
#include "pickle/machine.hpp"
#include "pickle/opcode.hpp"

namespace snapq::bench {
namespace {

// ---- skip-scan ----

// How to skip the operand of an opcode.
struct Skip {
    std::uint8_t fixed = 0;         // bytes
    std::uint8_t length_bytes = 0;  // size of the length field, in bytes; the content follows it
    std::uint8_t lines = 0;         // number of lines
};

Skip skip_of(pickle::Operand operand) {
    using pickle::Operand;
    switch (operand) {
        case Operand::none: return {0, 0, 0};
        case Operand::u1: return {1, 0, 0};
        case Operand::u2: return {2, 0, 0};
        case Operand::u4:
        case Operand::i4: return {4, 0, 0};
        case Operand::u8:
        case Operand::float8: return {8, 0, 0};
        case Operand::text1:
        case Operand::bytes1:
        case Operand::long1: return {0, 1, 0};
        case Operand::text4:
        case Operand::bytes4:
        case Operand::long4: return {0, 4, 0};
        case Operand::text8:
        case Operand::bytes8: return {0, 8, 0};
        case Operand::line: return {0, 0, 1};
        case Operand::lines2: return {0, 0, 2};
    }
    return {};
}

// Number of opcodes. The bytes must be a valid pickle, because nothing is checked here.
std::uint64_t skip_scan(std::string_view bytes) {
    static const auto k_skips = [] {
        std::array<Skip, 256> skips;
        for (std::size_t byte = 0; byte < skips.size(); ++byte)
            skips[byte] = skip_of(pickle::opcode_info(static_cast<std::uint8_t>(byte)).operand);
        return skips;
    }();
    std::uint64_t opcodes = 0;
    for (std::size_t at = 0; at < bytes.size(); ++opcodes) {
        const Skip skip = k_skips[static_cast<std::uint8_t>(bytes[at])];
        at += 1 + std::size_t{skip.fixed};
        if (skip.length_bytes > 0) {
            std::uint64_t length = 0;
            std::memcpy(&length, bytes.data() + at, skip.length_bytes);
            at += skip.length_bytes + length;
        }
        for (std::uint8_t line = 0; line < skip.lines; ++line) at = bytes.find('\n', at) + 1;
    }
    return opcodes;
}

// ---- inputs ----

// A whole file, mapped.
std::string_view mapped(const char* path) {
    const io::Fd file(::open(path, O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
        throw std::runtime_error(std::string("cannot open ") + path);
    const auto size = static_cast<std::size_t>(status.st_size);
    void* bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.get(), 0);
    if (bytes == MAP_FAILED) throw std::runtime_error(std::string("cannot map ") + path);
    return {static_cast<const char*>(bytes), size};
}

struct Input {
    std::string_view bytes;
    std::int64_t events = 0;
};

Input prepared(std::string_view bytes) {
    Input input{bytes};
    tests::ViewSource source(bytes);
    for (const auto& trace : snapshot::decode_pickle(source).traces)
        input.events += static_cast<std::int64_t>(trace.events.size());
    return input;
}

const Input& cpython() {
    static const Input input = prepared(training_pickle(Producer::cpython));
    return input;
}
const Input& cpp() {
    static const Input input = prepared(training_pickle(Producer::cpp));
    return input;
}
const Input& file() {
    static const Input input = prepared(mapped(std::getenv("SNAPQ_BENCH_PICKLE")));
    return input;
}

// ---- benchmarks ----

// Ignores all values.
class DeafHandler : public pickle::Handler {
public:
    using Value = pickle::Value;
    std::uint32_t text(std::string_view) override { return 0; }
    [[nodiscard]] std::string_view text_of(std::uint32_t) const override { return {}; }
    Value dict(std::span<const Value>, pickle::ListState*, bool, std::uint64_t) override { return k_record; }
    bool append(pickle::ListState&, std::span<const Value>, std::uint64_t) override { return true; }
    Value list(pickle::ListState&, std::span<const Value>, std::uint64_t) override { return k_record; }
    Value tuple(std::span<const Value>, std::uint64_t) override { return k_record; }
    [[nodiscard]] bool is_interned(const Value&) const override { return true; }
    [[nodiscard]] bool is_taken(const Value&) const override { return false; }

private:
    static inline const Value k_record = Value::record(1, 0);
};

using InputMaker = const Input& (*)();

double cpu_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

// Runs a skip-scan after each run of `work`, so that changes in the machine's speed affect both alike. The
// skip-scan does not count as time of the benchmark.
template <typename Work>
void measure(benchmark::State& state, const Input& input, Work&& work) {
    double work_seconds = 0;
    double scan_seconds = 0;
    std::uint64_t allocations = 0;
    for (auto _ : state) {
        const std::uint64_t allocated = heap_allocation_count();
        const double start = cpu_seconds();
        work();
        const double end = cpu_seconds();
        state.PauseTiming();
        allocations += heap_allocation_count() - allocated;
        benchmark::DoNotOptimize(skip_scan(input.bytes));
        scan_seconds += cpu_seconds() - end;
        work_seconds += end - start;
        state.ResumeTiming();
    }
    const std::int64_t events = state.iterations() * input.events;
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(input.bytes.size()));
    state.SetItemsProcessed(events);
    state.counters["skip_scans"] = work_seconds / scan_seconds;
    state.counters["heap_per_event"] =
        static_cast<double>(allocations) / static_cast<double>(std::max<std::int64_t>(1, events));
}

void skip_scan_only(benchmark::State& state, InputMaker make) {
    const Input& input = make();
    measure(state, input, [&] { benchmark::DoNotOptimize(skip_scan(input.bytes)); });
}

// Runs the pickle machine (opcodes, stack and memo) without building a Snapshot.
void machine(benchmark::State& state, InputMaker make) {
    const Input& input = make();
    measure(state, input, [&] {
        tests::ViewSource source(input.bytes);
        DeafHandler handler;
        benchmark::DoNotOptimize(pickle::decode(source, handler).memo_entries);
    });
}

// From bytes to a Snapshot.
void decoder(benchmark::State& state, InputMaker make) {
    const Input& input = make();
    measure(state, input, [&] {
        tests::ViewSource source(input.bytes);
        benchmark::DoNotOptimize(snapshot::decode_pickle(source).traces.size());
    });
}

void add(const std::string& name, InputMaker make) {
    using Benchmark = void (*)(benchmark::State&, InputMaker);
    const auto add_one = [&](const char* what, Benchmark function) {
        benchmark::RegisterBenchmark((std::string(what) + "/" + name).c_str(), function, make)
            ->Unit(benchmark::kMillisecond);
    };
    add_one("skip_scan", skip_scan_only);
    add_one("machine", machine);
    add_one("decoder", decoder);
}

[[maybe_unused]] const bool k_added = [] {
    if (std::getenv("SNAPQ_BENCH_PICKLE") != nullptr) {
        add("file", file);
    } else {
        add("cpython", cpython);
        add("cpp", cpp);
    }
    return true;
}();

}  // namespace
}  // namespace snapq::bench
