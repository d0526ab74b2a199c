// Speed and ratio of the chunk compressors by level, for both kinds of content, in chunks of the usual size.
#include <benchmark/benchmark.h>

#include "archive/chunks/chunk_codec.hpp"
#include "archive/database_builder.hpp"
#include "bench/training_input.hpp"

namespace snapq::bench {
namespace {

using archive::Content;
using zip::Compression;

constexpr std::size_t k_text_chunk = std::size_t{256} << 10;
constexpr std::size_t k_most_bytes = std::size_t{16}
                                     << 20;  // of the content; more would not change the results

std::string content(const char* entry) {
    std::string bytes =
        tests::read_file(training_archive(convert::Layout::directory, zip::Compression::store) + "/" + entry);
    bytes.resize(std::min(bytes.size(), k_most_bytes));
    return bytes;
}

const std::string& content_of(Content kind) {
    static const std::string text = content("allocations.json");
    static const std::string pages = content("elements.db");
    return kind == Content::text ? text : pages;
}

std::vector<std::string_view> chunks_of(Content kind) {
    const std::size_t size = kind == Content::text ? k_text_chunk : archive::k_database_chunk;
    const std::string_view bytes = content_of(kind);
    std::vector<std::string_view> chunks;
    for (std::size_t at = 0; at < bytes.size(); at += size) chunks.push_back(bytes.substr(at, size));
    return chunks;
}

void compress(benchmark::State& state, zip::Compression method, Content kind) {
    const std::vector<std::string_view> chunks = chunks_of(kind);
    archive::ChunkCompressor compressor(method, static_cast<int>(state.range(0)), kind);
    std::int64_t raw = 0;
    std::int64_t packed = 0;
    for (auto _ : state) {
        for (const std::string_view chunk : chunks) {
            raw += static_cast<std::int64_t>(chunk.size());
            packed += static_cast<std::int64_t>(compressor.compress(chunk).bytes.size());
        }
    }
    state.SetBytesProcessed(raw);
    state.counters["ratio"] = static_cast<double>(raw) / static_cast<double>(packed);
}

void decompress(benchmark::State& state, zip::Compression method, Content kind) {
    std::vector<zip::Chunk> chunks;
    archive::ChunkCompressor compressor(method, std::nullopt, kind);
    for (const std::string_view chunk : chunks_of(kind)) chunks.push_back(compressor.compress(chunk));
    archive::ChunkDecompressor decompressor(method);
    std::vector<char> raw;
    std::int64_t bytes = 0;
    for (auto _ : state) {
        for (const zip::Chunk& chunk : chunks) {
            raw.resize(chunk.raw_size);
            decompressor.decompress(chunk.bytes, chunk.crc32, raw);
            bytes += static_cast<std::int64_t>(raw.size());
        }
    }
    state.SetBytesProcessed(bytes);
}

#define SNAPQ_BENCH_LEVELS(method, kind) \
    BENCHMARK_CAPTURE(compress, method##_##kind, zip::Compression::method, Content::kind)->ArgName("level")

SNAPQ_BENCH_LEVELS(deflate, text)->DenseRange(0, 3)->Unit(benchmark::kMillisecond);
SNAPQ_BENCH_LEVELS(deflate, pages)->DenseRange(0, 3)->Unit(benchmark::kMillisecond);
SNAPQ_BENCH_LEVELS(zstd, text)->Arg(1)->Arg(2)->Arg(3)->Arg(5)->Arg(9)->Unit(benchmark::kMillisecond);
SNAPQ_BENCH_LEVELS(zstd, pages)->Arg(1)->Arg(2)->Arg(3)->Arg(5)->Arg(9)->Unit(benchmark::kMillisecond);

#define SNAPQ_BENCH_DECOMPRESS(method, kind)                                                \
    BENCHMARK_CAPTURE(decompress, method##_##kind, zip::Compression::method, Content::kind) \
        ->Unit(benchmark::kMillisecond)

SNAPQ_BENCH_DECOMPRESS(deflate, text);
SNAPQ_BENCH_DECOMPRESS(deflate, pages);
SNAPQ_BENCH_DECOMPRESS(zstd, text);
SNAPQ_BENCH_DECOMPRESS(zstd, pages);

}  // namespace
}  // namespace snapq::bench
