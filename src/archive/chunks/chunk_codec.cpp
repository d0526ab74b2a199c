#include "archive/chunks/chunk_codec.hpp"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "archive/chunks/deflater.hpp"
#include "support/error.hpp"

namespace snapq::archive {
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

// An empty final block with fixed codes. It completes the stream of chunks, each of which ends with a flush.
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
    // Both libraries have 32-bit counters.
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

}  // namespace snapq::archive
