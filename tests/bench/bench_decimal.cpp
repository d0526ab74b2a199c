// Compares src/timeline/stacked/decimal.hpp with fmt, whose digits must be copied into the buffer.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "support/random.hpp"
#include "timeline/stacked/decimal.hpp"

namespace snapq::bench {
namespace {

using timeline::append_decimal;
using timeline::k_decimal_room;

std::vector<std::int64_t> some_offsets() {
    tests::Random random(3);
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
        timeline::StepText steps;
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
}  // namespace snapq::bench
