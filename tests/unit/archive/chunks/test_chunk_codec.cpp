#include "archive/chunks/chunk_codec.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::archive;

namespace {

constexpr std::array k_all{zip::Compression::store, zip::Compression::deflate, zip::Compression::zstd};

std::string json_like(std::size_t size, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < size) {
        text += "{\"timesteps\":[" + std::to_string(random() % 100000) + "," +
                std::to_string(random() % 100000) +
                "],\"offsets\":[0,0],\"size\":" + std::to_string((random() % 16) << 20) + "},\n";
    }
    text.resize(size);
    return text;
}

std::string noise(std::size_t size) {
    std::mt19937 random(7);
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random());
    return text;
}

std::string unpacked(const zip::Chunk& chunk, zip::Compression method) {
    std::string raw(chunk.raw_size, '?');
    ChunkDecompressor(method).decompress(chunk.bytes, chunk.crc32, raw);
    return raw;
}

// Reads an entry as other programs do: as one stream, without chunks.
std::string inflated_by_zlib(const std::string& stream, std::size_t size) {
    std::string raw(size + 1, '?');
    z_stream z{};
    REQUIRE(inflateInit2(&z, -15) == Z_OK);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stream.data()));
    z.avail_in = static_cast<uInt>(stream.size());
    z.next_out = reinterpret_cast<Bytef*>(raw.data());
    z.avail_out = static_cast<uInt>(raw.size());
    const int code = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    REQUIRE(code == Z_STREAM_END);
    REQUIRE(z.avail_in == 0);
    raw.resize(z.total_out);
    return raw;
}

// Memory before a page without access, so that reading or writing beyond the end crashes even in hand-written
// assembly.
class GuardedBuffer {
public:
    explicit GuardedBuffer(std::size_t size) : m_size(size) {
        const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        m_mapped = (size + page - 1) / page * page + page;
        void* at = mmap(nullptr, m_mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(at != MAP_FAILED);
        m_base = static_cast<char*>(at);
        REQUIRE(mprotect(m_base + m_mapped - page, page, PROT_NONE) == 0);
        m_data = m_base + m_mapped - page - size;
    }
    GuardedBuffer(const GuardedBuffer&) = delete;
    GuardedBuffer& operator=(const GuardedBuffer&) = delete;
    ~GuardedBuffer() { munmap(m_base, m_mapped); }

    [[nodiscard]] std::span<char> span() const { return {m_data, m_size}; }

private:
    std::size_t m_size;
    std::size_t m_mapped = 0;
    char* m_base = nullptr;
    char* m_data = nullptr;
};

}  // namespace

TEST_CASE("chunks do not depend on the address of the compressor") {
    const int level = GENERATE(0, 1, 2, 3);
    ChunkCompressor one(zip::Compression::deflate, level);
    ChunkCompressor other(zip::Compression::deflate, level);
    std::string raw = noise(2000);
    for (char& c : raw) c &= 7;  // so that it shrinks
    int differences = 0;
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        // The first bytes appear again in the middle, so that a match depends on their entry in the hash
        // table.
        const std::uint32_t start = i * 2'654'435'761U;
        std::memcpy(raw.data(), &start, sizeof start);
        std::memcpy(raw.data() + raw.size() / 2, raw.data(), 2 * sizeof start);
        differences += one.compress(raw).bytes != other.compress(raw).bytes;
    }
    CHECK(differences == 0);
}

TEST_CASE("a chunk decompresses to its raw bytes, with every method and level") {
    const std::vector<std::string> inputs{
        "x",          "[]\n",        json_like(100),          json_like(262144), json_like(300001),
        noise(65536), noise(262145), std::string(262144, 'a')};
    for (const zip::Compression method : k_all) {
        const LevelRange levels = levels_of(method);
        for (int level = levels.least; level <= levels.most; ++level) {
            ChunkCompressor compressor(method, level);
            for (const std::string& input : inputs) {
                const zip::Chunk chunk = compressor.compress(input);
                INFO(name_of(method) << " level " << level << ", " << input.size() << " bytes");
                REQUIRE(chunk.raw_size == input.size());
                REQUIRE(chunk.crc32 == ::crc32(0, reinterpret_cast<const Bytef*>(input.data()),
                                               static_cast<uInt>(input.size())));
                REQUIRE(unpacked(chunk, method) == input);
            }
        }
    }
}

TEST_CASE("deflate chunks and the end of the entry are one ordinary raw deflate stream") {
    for (int level = 0; level <= 3; ++level) {
        ChunkCompressor compressor(zip::Compression::deflate, level);
        std::string raw;
        std::string stream;
        for (const std::string& piece :
             {json_like(262144), noise(70000), std::string("y"), json_like(50000, 2)}) {
            raw += piece;
            stream += compressor.compress(piece).bytes;
        }
        const zip::Chunk end = compressor.finish();
        CHECK(end.raw_size == 0);
        CHECK(end.crc32 == 0);
        CHECK(inflated_by_zlib(stream + end.bytes, raw.size()) == raw);
        CHECK(unpacked(end, zip::Compression::deflate).empty());
    }
}

TEST_CASE("zstd chunks are one frame each and together one ordinary stream") {
    ChunkCompressor compressor(zip::Compression::zstd);
    const std::string first = json_like(200000);
    const std::string second = json_like(1000, 3);
    const zip::Chunk a = compressor.compress(first);
    const zip::Chunk b = compressor.compress(second);
    CHECK(ZSTD_findFrameCompressedSize(a.bytes.data(), a.bytes.size()) == a.bytes.size());
    CHECK(compressor.finish().bytes.empty());
    const std::string stream = a.bytes + b.bytes;
    std::string raw(first.size() + second.size(), '?');
    REQUIRE(ZSTD_decompress(raw.data(), raw.size(), stream.data(), stream.size()) == raw.size());
    CHECK(raw == first + second);
}

TEST_CASE("a chunk does not depend on the chunks before it") {
    for (const zip::Compression method : k_all) {
        const LevelRange levels = levels_of(method);
        for (int level = levels.least; level <= std::min(levels.most, 9); ++level) {
            ChunkCompressor used(method, level);
            (void)used.compress(noise(262144));
            (void)used.compress(json_like(262144, 9));
            ChunkCompressor fresh(method, level);
            const std::string input = json_like(262144);
            INFO(name_of(method) << " level " << level);
            CHECK(used.compress(input).bytes == fresh.compress(input).bytes);
        }
    }
}

TEST_CASE("levels outside a method's range are refused with the range") {
    CHECK_THROWS_AS(ChunkCompressor(zip::Compression::deflate, 4), UsageError);
    CHECK_THROWS_AS(ChunkCompressor(zip::Compression::zstd, 0), UsageError);
    CHECK_THROWS_AS(ChunkCompressor(zip::Compression::store, 1), UsageError);
    CHECK_THROWS_WITH(ChunkCompressor(zip::Compression::zstd, 20), Catch::Contains("1 to 19"));
}

TEST_CASE("the default levels are among those a method takes") {
    for (const zip::Compression method : k_all) {
        for (const Content content : {Content::text, Content::pages}) {
            const int level = default_level(method, content);
            CHECK(level >= levels_of(method).least);
            CHECK(level <= levels_of(method).most);
            const std::string input = json_like(100000);
            CHECK(ChunkCompressor(method, {}, content).compress(input).bytes ==
                  ChunkCompressor(method, level).compress(input).bytes);
        }
    }
}

TEST_CASE("methods have the names that options and manifests use") {
    for (const zip::Compression method : k_all) CHECK(compression_named(name_of(method)) == method);
    CHECK(compression_named("zstd") == zip::Compression::zstd);
    CHECK_FALSE(compression_named("gzip").has_value());
    CHECK_FALSE(compression_named("").has_value());
}

TEST_CASE("a damaged chunk is an input error") {
    const std::string input = json_like(30000);
    for (const zip::Compression method : k_all) {
        const zip::Chunk chunk = ChunkCompressor(method).compress(input);
        ChunkDecompressor decompressor(method);
        std::string raw(input.size(), '?');
        INFO(name_of(method));
        CHECK_THROWS_AS(decompressor.decompress(chunk.bytes, chunk.crc32 ^ 1U, raw), InputError);
        std::string shorter(input.size() - 1, '?');
        CHECK_THROWS_AS(decompressor.decompress(chunk.bytes, chunk.crc32, shorter), InputError);
        std::string longer(input.size() + 1, '?');
        CHECK_THROWS_AS(decompressor.decompress(chunk.bytes, chunk.crc32, longer), InputError);
        const std::string cut = chunk.bytes.substr(0, chunk.bytes.size() / 2);
        CHECK_THROWS_AS(decompressor.decompress(cut, chunk.crc32, raw), InputError);
        decompressor.decompress(chunk.bytes, chunk.crc32, raw);  // still works after the errors
        CHECK(raw == input);
    }
}

TEST_CASE("the decompressor stays in its buffers when chunks are changed or cut") {
    for (const zip::Compression method : {zip::Compression::deflate, zip::Compression::zstd}) {
        const std::string input = json_like(3000) + noise(300);
        const zip::Chunk chunk = ChunkCompressor(method).compress(input);
        const GuardedBuffer raw(input.size());
        ChunkDecompressor decompressor(method);
        std::mt19937 random(11);
        std::size_t refused = 0;
        constexpr std::size_t k_rounds = 20000;
        for (std::size_t round = 0; round < k_rounds; ++round) {
            std::string bytes = chunk.bytes;
            for (unsigned flips = 1 + random() % 4; flips > 0; --flips) {
                bytes[random() % bytes.size()] ^= static_cast<char>(1U << random() % 8);
            }
            if (round % 3 == 0) bytes.resize(1 + random() % bytes.size());
            const GuardedBuffer compressed(bytes.size());
            std::memcpy(compressed.span().data(), bytes.data(), bytes.size());
            try {
                decompressor.decompress(compressed.span(), chunk.crc32, raw.span());
            } catch (const InputError&) {
                ++refused;
            }
        }
        // Changed bits may cancel each other out, or have no meaning.
        CHECK(refused > k_rounds * 9 / 10);
    }
}
