#include "archive/chunks/chunk_reader.hpp"

#include <random>
#include <thread>

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/scratch_folder.hpp"

using namespace snapq;
using namespace snapq::archive;
using namespace snapq::tests;
using Catch::Matchers::Contains;

namespace {

struct Packed {
    std::string bytes;
    ManifestEntry record;
};

Packed packed(const std::string& text, std::size_t chunk_size, zip::Compression method) {
    Packed result;
    result.record.name = "elements.db";
    result.record.method = method;
    ChunkCompressor compressor(method);
    const auto add = [&](const zip::Chunk& chunk) {
        result.record.chunks.push_back({chunk.bytes.size(), chunk.raw_size, chunk.crc32});
        result.bytes += chunk.bytes;
    };
    for (std::size_t at = 0; at < text.size(); at += chunk_size) {
        add(compressor.compress(std::span(text).subspan(at, std::min(chunk_size, text.size() - at))));
    }
    add(compressor.finish());
    result.record.size = text.size();
    result.record.compressed_size = result.bytes.size();
    return result;
}

ChunkReader reader(const ScratchFolder& folder, const Packed& entry) {
    write_file(folder / "entry", entry.bytes);
    return {std::make_shared<io::FileBytes>(folder / "entry"), entry.record, "a.zip", 1000};
}

std::string random_text(std::size_t size) {
    std::minstd_rand random(7);
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>('a' + random() % 7);
    return text;
}

std::string refusal(const Packed& entry) {
    const ScratchFolder folder;
    try {
        std::string all(entry.record.size, '\0');
        reader(folder, entry).read_at(0, all);
    } catch (const InputError& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("every range of an entry can be read") {
    const ScratchFolder folder;
    const std::string text = random_text(100'003);
    for (const zip::Compression method :
         {zip::Compression::store, zip::Compression::deflate, zip::Compression::zstd}) {
        const ChunkReader bytes = reader(folder, packed(text, 4096, method));
        REQUIRE(bytes.size() == text.size());
        std::minstd_rand random(1);
        for (int i = 0; i < 300; ++i) {
            const std::size_t at = random() % text.size();
            std::string part(random() % std::min<std::size_t>(text.size() - at + 1, 10'000), '\0');
            bytes.read_at(at, part);
            REQUIRE(part == text.substr(at, part.size()));
        }
    }
}

TEST_CASE("a range outside the entry is an error") {
    const ScratchFolder folder;
    const ChunkReader bytes = reader(folder, packed("hello world", 4, zip::Compression::deflate));
    std::string part(4, '\0');
    CHECK_THROWS_AS(bytes.read_at(8, part), InputError);
    CHECK_THROWS_AS(bytes.read_at(~std::uint64_t{0} - 1, part), InputError);
    bytes.read_at(7, part);
    CHECK(part == "orld");
}

TEST_CASE("an empty entry has no bytes") {
    const ScratchFolder folder;
    CHECK(reader(folder, packed("", 4, zip::Compression::deflate)).size() == 0);
    CHECK(reader(folder, packed("", 4, zip::Compression::zstd)).size() == 0);
}

TEST_CASE("a damaged chunk is reported with its offset in the file, and other chunks stay readable") {
    const ScratchFolder folder;
    Packed entry = packed(random_text(40'000), 4096, zip::Compression::deflate);
    const std::uint64_t begin =
        entry.record.chunks[0].compressed_size + entry.record.chunks[1].compressed_size;
    entry.bytes[begin + 100] ^= 0x55;
    const ChunkReader bytes = reader(folder, entry);
    std::string part(10, '\0');
    bytes.read_at(100, part);
    try {
        bytes.read_at(2 * 4096 + 5, part);
        FAIL("damage went unnoticed");
    } catch (const InputError& error) {
        CHECK(error.file() == "a.zip");
        CHECK(error.offset() == 1000 + begin);
        CHECK_THAT(error.what(), Contains("elements.db: chunk 2 is damaged"));
    }
    bytes.read_at(3 * 4096, part);
}

TEST_CASE("seek points that do not fit the entry are refused") {
    const auto wild = [](auto change) {
        Packed entry = packed(random_text(20'000), 4096, zip::Compression::deflate);
        change(entry.record);
        return refusal(entry);
    };
    CHECK(wild([](auto&) {}) == "accepted");
    CHECK_THAT(wild([](auto& r) { r.chunks.pop_back(); }), Contains("do not add up"));
    CHECK_THAT(wild([](auto& r) { r.chunks.clear(); }), Contains("do not add up"));
    CHECK_THAT(wild([](auto& r) { r.size += 1; }), Contains("do not add up"));
    CHECK_THAT(wild([](auto& r) { r.chunks[1].raw_size = k_max_raw_chunk + 1; }),
               Contains("chunk 1 is larger"));
    CHECK_THAT(wild([](auto& r) { r.chunks[1].raw_size = 0; }), Contains("chunk 1 is empty"));
    CHECK_THAT(wild([](auto& r) { r.chunks[0].raw_size = 0, r.chunks[1].raw_size *= 2; }),
               Contains("chunk 0 is empty"));
    CHECK_THAT(wild([](auto& r) { r.chunks[2].compressed_size = ~std::uint64_t{0}; }),
               Contains("extends beyond its entry"));
    CHECK_THAT(wild([](auto& r) { r.chunks[2].raw_size = r.size; }), Contains("extends beyond its entry"));
    CHECK_THAT(wild([](auto& r) { r.chunks[0].compressed_size -= 1, r.chunks[1].compressed_size += 1; }),
               Contains("is damaged"));
    CHECK_THAT(wild([](auto& r) { r.chunks[0].crc32 ^= 1; }), Contains("chunk 0 is damaged"));
}

TEST_CASE("several threads can use a chunk reader", "[threads]") {
    const ScratchFolder folder;
    const std::string text = random_text(1 << 20);
    const ChunkReader bytes = reader(folder, packed(text, 16'384, zip::Compression::zstd));
    std::atomic<int> wrong = 0;
    std::vector<std::jthread> threads;
    for (unsigned seed = 1; seed <= 3; ++seed) {
        threads.emplace_back([&, seed] {
            std::minstd_rand random(seed);
            std::string part(1000, '\0');
            for (int i = 0; i < 200; ++i) {
                const std::size_t at = random() % (text.size() - part.size());
                bytes.read_at(at, part);
                wrong += part == text.substr(at, part.size()) ? 0 : 1;
            }
        });
    }
    threads.clear();
    CHECK(wrong == 0);
}
