#include "archive/chunks/chunk_codec.hpp"

#include <fmt/format.h>
#include <isa-l.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <simdjson.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "support/error.hpp"

namespace snapq::archive {
namespace {

// Works around a defect of ISA-L 2.30 (levels 1 and 2, assembler for x86-64). For position 2 of a chunk, it
// hashes bits 16 to 47 of the address of the stream object instead of the bytes, and stores position 2 under
// this hash. When this hash equals that of the bytes at position 0, 1 or 2, a later match changes, and the
// output depends on the address of the stream; this happened in one of about 800 conversions. Therefore a
// Deflater has several streams and uses one whose address does not collide. The chance that all of them
// collide is below 10^-12 for a chunk of 4096 bytes or more, and below 10^-4 for one of 32 bytes.
constexpr std::size_t k_streams = 4;
constexpr unsigned k_address_bits_unused = 16;
static_assert(sizeof(isal_zstream) > std::size_t{1} << k_address_bits_unused,
              "two streams could have equal hashes");

// CRC-32C of four bytes, the hash of ISA-L. Its table is indexed by the low bits.
std::uint32_t hash_of(const void* four_bytes) {
    constexpr int k_hashed = 4;
    return crc32_iscsi(static_cast<unsigned char*>(const_cast<void*>(four_bytes)), k_hashed, 0);
}

std::uint32_t hash_of_address(const isal_zstream& stream) {
    const auto hashed =
        static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(&stream) >> k_address_bits_unused);
    return hash_of(&hashed);
}

// The table has at least 8192 entries, fewer for short chunks.
std::uint32_t hash_mask(std::size_t raw_size) {
    constexpr std::size_t k_smallest_table = 8192;
    return static_cast<std::uint32_t>(std::bit_floor(std::min(raw_size, k_smallest_table)) - 1);
}

std::size_t level_buffer_size(int level) {
    constexpr std::array<std::size_t, 4> k_sizes{ISAL_DEF_LVL0_DEFAULT, ISAL_DEF_LVL1_DEFAULT,
                                                 ISAL_DEF_LVL2_DEFAULT, ISAL_DEF_LVL3_DEFAULT};
    return k_sizes.at(static_cast<std::size_t>(level));
}

// The C interface takes unsigned bytes, and pointers to input that are not const.
unsigned char* unsigned_bytes(const char* data) {
    return reinterpret_cast<unsigned char*>(const_cast<char*>(data));
}

}  // namespace

Deflater::Deflater(int level)
    : m_level(static_cast<std::uint32_t>(level)),
      m_streams(std::make_unique_for_overwrite<isal_zstream[]>(k_streams)),
      m_is_cleared(k_streams) {}

Deflater::~Deflater() = default;

isal_zstream& Deflater::stream_for(std::span<const char> raw) {
    constexpr std::size_t k_hashed = 6;  // bytes of the three hashes at positions 0, 1 and 2
    const std::span<isal_zstream> streams(m_streams.get(), k_streams);
    if (raw.size() < k_hashed) return streams.front();
    const std::uint32_t mask = hash_mask(raw.size());
    const std::array hashes{hash_of(raw.data()), hash_of(raw.data() + 1), hash_of(raw.data() + 2)};
    const auto does_not_collide = [&](const isal_zstream& stream) {
        const std::uint32_t stored = hash_of_address(stream);
        return std::ranges::none_of(hashes,
                                    [&](std::uint32_t hash) { return ((stored ^ hash) & mask) == 0; });
    };
    const auto found = std::ranges::find_if(streams, does_not_collide);
    return found == streams.end() ? streams.front() : *found;
}

void Deflater::clear_once(isal_zstream& stream) {
    if (m_level_buffer.empty()) m_level_buffer.resize(level_buffer_size(static_cast<int>(m_level)));
    const auto index = static_cast<std::size_t>(&stream - m_streams.get());
    if (m_is_cleared[index]) return;
    std::memset(&stream, 0, sizeof stream);
    m_is_cleared[index] = true;
}

std::size_t Deflater::compress(std::span<const char> raw, std::span<char> into) {
    isal_zstream& stream = stream_for(raw);
    clear_once(stream);
    isal_deflate_stateless_init(&stream);
    stream.level = m_level;
    stream.level_buf = m_level_buffer.data();
    stream.level_buf_size = static_cast<std::uint32_t>(m_level_buffer.size());
    stream.flush = FULL_FLUSH;
    stream.end_of_stream = 0;
    stream.next_in = unsigned_bytes(raw.data());
    stream.avail_in = static_cast<std::uint32_t>(raw.size());
    stream.next_out = unsigned_bytes(into.data());
    stream.avail_out = static_cast<std::uint32_t>(into.size());
    if (const int failure = isal_deflate_stateless(&stream); failure != COMP_OK) {
        throw SystemError(fmt::format("deflate of {} bytes failed with code {}", raw.size(), failure));
    }
    return stream.total_out;
}

namespace {

struct MethodInfo {
    zip::Compression method;
    std::string_view name;
    LevelRange levels;
    int text_level;  // default levels
    int page_level;
};

// MB/s and ratio, measured on one core with chunks of 256 KiB of allocations.json and 64 KiB of database
// pages:
//              text, level 1   text, level 3   pages, level 1   pages, level 3
//   deflate    549, 3.9        464, 4.8        798, 2.9         496, 2.9
//   zstd       716, 8.7        475, 7.2        518, 3.2         288, 3.2
// Deflate uses level 3 for text, which saves a fifth of the size; the other higher levels only take more
// time. (zstd chooses other parameters for inputs of up to 256 KiB, therefore its level 3 is not better than
// its level 1.)
constexpr std::array k_methods{
    MethodInfo{zip::Compression::store, "store", {0, 0}, 0, 0},
    MethodInfo{zip::Compression::deflate, "deflate", {0, 3}, 3, 1},
    MethodInfo{zip::Compression::zstd, "zstd", {1, 19}, 1, 1},
};

const MethodInfo& info_of(zip::Compression method) {
    return *std::ranges::find(k_methods, method, &MethodInfo::method);
}

// An empty final block with fixed Huffman codes. It completes the stream of chunks, each of which ends with a
// flush.
constexpr std::string_view k_deflate_end("\x03\x00", 2);

// The C interfaces take unsigned bytes, and pointers to input that are not const.
unsigned char* bytes_of(const char* data) {
    return reinterpret_cast<unsigned char*>(const_cast<char*>(data));
}

struct ZstdFree {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

std::size_t zstd_checked(std::size_t result) {
    if (ZSTD_isError(result) != 0) throw SystemError(fmt::format("zstd: {}", ZSTD_getErrorName(result)));
    return result;
}

[[noreturn]] void throw_damaged(std::size_t size, std::string_view why) {
    throw InputError(fmt::format("a compressed chunk of {} bytes is damaged: {}", size, why));
}

}  // namespace

std::string_view name_of(zip::Compression method) {
    return info_of(method).name;
}

std::optional<zip::Compression> compression_named(std::string_view name) {
    const auto found = std::ranges::find(k_methods, name, &MethodInfo::name);
    if (found == k_methods.end()) return std::nullopt;
    return found->method;
}

LevelRange levels_of(zip::Compression method) {
    return info_of(method).levels;
}

int default_level(zip::Compression method, Content content) {
    const MethodInfo& info = info_of(method);
    return content == Content::text ? info.text_level : info.page_level;
}

zip::Chunk end_of_entry(zip::Compression method) {
    zip::Chunk chunk;
    if (method == zip::Compression::deflate) chunk.bytes = k_deflate_end;
    return chunk;
}

std::uint32_t crc32_of(std::span<const char> bytes, std::uint32_t crc) {
    return crc32_gzip_refl(crc, bytes_of(bytes.data()), bytes.size());
}

struct ChunkCompressor::State {
    zip::Compression method = zip::Compression::store;
    std::unique_ptr<Deflater> deflater;
    std::unique_ptr<ZSTD_CCtx, ZstdFree> zstd;
    std::vector<char> buffer;  // grows to the bound for the largest chunk

    std::size_t compress_into_buffer(std::span<const char> raw) {
        const std::size_t bound = deflater ? Deflater::bound(raw.size()) : ZSTD_compressBound(raw.size());
        if (buffer.size() < bound) buffer.resize(bound);
        if (deflater) return deflater->compress(raw, buffer);
        return zstd_checked(ZSTD_compress2(zstd.get(), buffer.data(), buffer.size(), raw.data(), raw.size()));
    }
};

ChunkCompressor::ChunkCompressor(zip::Compression method, std::optional<int> level, Content content)
    : m_state(std::make_unique<State>()) {
    const LevelRange levels = levels_of(method);
    const int chosen = level.value_or(default_level(method, content));
    if (chosen < levels.least || chosen > levels.most) {
        throw_usage("{} has no level {}; its levels are {} to {}", name_of(method), chosen, levels.least,
                    levels.most);
    }
    m_state->method = method;
    if (method == zip::Compression::deflate) m_state->deflater = std::make_unique<Deflater>(chosen);
    if (method == zip::Compression::zstd) {
        m_state->zstd.reset(ZSTD_createCCtx());
        if (m_state->zstd == nullptr) throw SystemError("zstd: not enough memory for a compressor");
        zstd_checked(ZSTD_CCtx_setParameter(m_state->zstd.get(), ZSTD_c_compressionLevel, chosen));
    }
}

ChunkCompressor::ChunkCompressor(ChunkCompressor&&) noexcept = default;
ChunkCompressor& ChunkCompressor::operator=(ChunkCompressor&&) noexcept = default;
ChunkCompressor::~ChunkCompressor() = default;

zip::Chunk ChunkCompressor::compress(std::span<const char> raw) {
    zip::Chunk chunk{.bytes = {}, .raw_size = raw.size(), .crc32 = crc32_of(raw)};
    if (m_state->method == zip::Compression::store) {
        chunk.bytes.assign(raw.data(), raw.size());
    } else {
        const std::size_t size = m_state->compress_into_buffer(raw);
        chunk.bytes.assign(m_state->buffer.data(), size);
    }
    return chunk;
}

zip::Chunk ChunkCompressor::finish() const {
    return end_of_entry(m_state->method);
}

struct ChunkDecompressor::State {
    zip::Compression method = zip::Compression::store;
    std::unique_ptr<inflate_state> inflater;
    std::unique_ptr<ZSTD_DCtx, ZstdFree> zstd;

    static void store(std::span<const char> compressed, std::span<char> raw) {
        if (compressed.size() != raw.size())
            throw_damaged(compressed.size(), "it has another size than stated");
        if (!raw.empty()) std::memcpy(raw.data(), compressed.data(), raw.size());
    }

    void inflate(std::span<const char> compressed, std::span<char> raw) const {
        isal_inflate_init(inflater.get());
        inflater->next_in = bytes_of(compressed.data());
        inflater->avail_in = static_cast<std::uint32_t>(compressed.size());
        inflater->next_out = bytes_of(raw.data());
        inflater->avail_out = static_cast<std::uint32_t>(raw.size());
        const int code = isal_inflate_stateless(inflater.get());
        if (code == ISAL_OUT_OVERFLOW) throw_damaged(compressed.size(), "it has more raw bytes than stated");
        // Only the last chunk of an entry has a final block; the others end with their input.
        if (code != ISAL_DECOMP_OK && code != ISAL_END_INPUT)
            throw_damaged(compressed.size(), "its deflate data are invalid");
        if (inflater->total_out != raw.size())
            throw_damaged(compressed.size(), "it has fewer raw bytes than stated");
    }

    void decompress_zstd(std::span<const char> compressed, std::span<char> raw) const {
        const std::size_t size =
            ZSTD_decompressDCtx(zstd.get(), raw.data(), raw.size(), compressed.data(), compressed.size());
        if (ZSTD_isError(size) != 0) throw_damaged(compressed.size(), ZSTD_getErrorName(size));
        if (size != raw.size()) throw_damaged(compressed.size(), "it has fewer raw bytes than stated");
    }
};

ChunkDecompressor::ChunkDecompressor(zip::Compression method) : m_state(std::make_unique<State>()) {
    m_state->method = method;
    if (method == zip::Compression::deflate) m_state->inflater = std::make_unique<inflate_state>();
    if (method == zip::Compression::zstd) {
        m_state->zstd.reset(ZSTD_createDCtx());
        if (m_state->zstd == nullptr) throw SystemError("zstd: not enough memory for a decompressor");
    }
}

ChunkDecompressor::ChunkDecompressor(ChunkDecompressor&&) noexcept = default;
ChunkDecompressor& ChunkDecompressor::operator=(ChunkDecompressor&&) noexcept = default;
ChunkDecompressor::~ChunkDecompressor() = default;

void ChunkDecompressor::decompress(std::span<const char> compressed, std::uint32_t crc32,
                                   std::span<char> raw) {
    // Both libraries count bytes with 32 bits.
    if (compressed.size() > 2 * k_max_raw_chunk || raw.size() > k_max_raw_chunk) {
        throw_damaged(compressed.size(), "it is larger than the format allows");
    }
    switch (m_state->method) {
        case zip::Compression::store: m_state->store(compressed, raw); break;
        case zip::Compression::deflate: m_state->inflate(compressed, raw); break;
        case zip::Compression::zstd: m_state->decompress_zstd(compressed, raw); break;
    }
    if (crc32_of(raw) != crc32) throw_damaged(compressed.size(), "its checksum does not match");
}

namespace {

// ISA-L has its version only in its header.
std::string isal_version() {
    return fmt::format("{}.{}.{}", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION);
}

// With the instruction set that simdjson chose for this processor.
std::string simdjson_version() {
    return fmt::format("{}.{}.{} ({})", simdjson::SIMDJSON_VERSION_MAJOR, simdjson::SIMDJSON_VERSION_MINOR,
                       simdjson::SIMDJSON_VERSION_REVISION, simdjson::get_active_implementation()->name());
}

}  // namespace

std::vector<LibraryVersion> library_versions() {
    return {{"zlib", ::zlibVersion()},
            {"zstd", ::ZSTD_versionString()},
            {"ISA-L", isal_version()},
            {"simdjson", simdjson_version()}};
}

}  // namespace snapq::archive
