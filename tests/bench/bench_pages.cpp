// Speed of reading the database inside an archive, by compression: pages through the seek points, and queries
// through SQLite and the VFS, including opening the archive.
#include <benchmark/benchmark.h>

#include "archive/archive_reader.hpp"
#include "archive/container.hpp"
#include "bench/training_input.hpp"

namespace snapq::bench {
namespace {

using zip::Compression;

constexpr std::size_t k_page = std::size_t{16} << 10;

archive::ArchiveReader opened(zip::Compression compression) {
    return archive::open_archive(training_archive(convert::Layout::zip, compression));
}

// Reads the pages of one database in the order of `pages`.
void read_pages(const io::RandomAccessBytes& database, const std::vector<std::uint64_t>& pages) {
    std::array<char, k_page> page{};
    for (const std::uint64_t number : pages) {
        database.read_at(number * k_page, page);
        benchmark::DoNotOptimize(page);
    }
}

std::vector<std::uint64_t> all_pages(const io::RandomAccessBytes& database) {
    std::vector<std::uint64_t> pages(static_cast<std::size_t>(database.size() / k_page));
    for (std::size_t i = 0; i < pages.size(); ++i) pages[i] = i;
    return pages;
}

void count_pages(benchmark::State& state, std::size_t pages) {
    const auto count = state.iterations() * static_cast<std::int64_t>(pages);
    state.SetItemsProcessed(count);
    state.SetBytesProcessed(count * static_cast<std::int64_t>(k_page));
}

// All pages in order, as for a scan of a table; each chunk is unpacked once.
void pages_in_order(benchmark::State& state, zip::Compression compression) {
    const archive::ArchiveReader archive = opened(compression);
    std::size_t count = 0;
    for (auto _ : state) {
        const auto database = archive.container().random_access(archive::k_database_entry);
        const std::vector<std::uint64_t> pages = all_pages(*database);
        read_pages(*database, pages);
        count = pages.size();
    }
    count_pages(state, count);
}

// Eight distant pages, as for one look-up in a large database, with an empty cache.
void pages_at_random(benchmark::State& state, zip::Compression compression) {
    const archive::ArchiveReader archive = opened(compression);
    tests::Random random(5);
    constexpr std::size_t k_touched = 8;
    std::vector<std::uint64_t> touched(k_touched);
    for (auto _ : state) {
        const auto database = archive.container().random_access(archive::k_database_entry);
        const auto count = static_cast<std::uint32_t>(database->size() / k_page);
        for (std::uint64_t& page : touched) page = random.below(count);
        read_pages(*database, touched);
    }
    count_pages(state, k_touched);
}

void ask(benchmark::State& state, zip::Compression compression, const char* sql) {
    for (auto _ : state) {
        const archive::ArchiveReader archive = opened(compression);
        archive::Database database = archive.open_database();
        benchmark::DoNotOptimize(database.integer(sql));
    }
}

void open_and_look_up(benchmark::State& state, zip::Compression compression) {
    ask(state, compression, "SELECT length(callstack) FROM allocs WHERE idx = 471");
}

void open_and_scan(benchmark::State& state, zip::Compression compression) {
    ask(state, compression, "SELECT sum(size) FROM allocations");
}

#define SNAPQ_BENCH_EACH(function)                                                                  \
    BENCHMARK_CAPTURE(function, store, zip::Compression::store)->Unit(benchmark::kMicrosecond);     \
    BENCHMARK_CAPTURE(function, deflate, zip::Compression::deflate)->Unit(benchmark::kMicrosecond); \
    BENCHMARK_CAPTURE(function, zstd, zip::Compression::zstd)->Unit(benchmark::kMicrosecond)

SNAPQ_BENCH_EACH(pages_in_order);
SNAPQ_BENCH_EACH(pages_at_random);
SNAPQ_BENCH_EACH(open_and_look_up);
SNAPQ_BENCH_EACH(open_and_scan);

}  // namespace
}  // namespace snapq::bench
