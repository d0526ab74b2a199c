// Compresses raw bytes to independent chunks of an archive entry, and decompresses them.
// docs/archive-format.md describes the chunks.
//
// deflate: a chunk is a sequence of raw deflate blocks that does not refer to earlier bytes and ends at a
// byte boundary. The chunks of an entry and end_of_entry together are one ordinary raw deflate stream. zstd:
// a chunk is one frame. store: a chunk is the raw bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "zip/chunk.hpp"

namespace snapq::archive {

// As written in manifests and options: "store", "deflate", "zstd".
[[nodiscard]] std::string_view name_of(zip::Compression method);
[[nodiscard]] std::optional<zip::Compression> compression_named(std::string_view name);

// The levels of a method; store has none (0 to 0).
struct LevelRange {
    int least = 0;
    int most = 0;
};
[[nodiscard]] LevelRange levels_of(zip::Compression method);

// The content of a chunk: JSON text, or pages of a database.
enum class Content : std::uint8_t { text, pages };

// The level used when the user gives none; chunk_codec.cpp lists the measurements on which it is based.
[[nodiscard]] int default_level(zip::Compression method, Content content);

// The chunk that is added after the last one of an entry. It has raw_size 0, and bytes only when the method
// is deflate. The archive writer adds it.
[[nodiscard]] zip::Chunk end_of_entry(zip::Compression method);

// CRC-32 as zip and zlib define it, continued from `crc` (0 at the start).
[[nodiscard]] std::uint32_t crc32_of(std::span<const char> bytes, std::uint32_t crc = 0);

// Each thread needs its own. Equal input gives equal bytes, independent of the chunks before. At the default
// levels it holds 0.6 MiB (zstd 19: 5.4 MiB) and a buffer for the largest chunk so far.
class ChunkCompressor {
public:
    // Throws UsageError for a level outside levels_of(method). Without a level, the default for `content` is
    // used.
    explicit ChunkCompressor(zip::Compression method, std::optional<int> level = std::nullopt,
                             Content content = Content::text);
    ChunkCompressor(ChunkCompressor&&) noexcept;
    ChunkCompressor& operator=(ChunkCompressor&&) noexcept;
    ~ChunkCompressor();

    // `raw` is at most k_max_raw_chunk bytes, and not empty.
    [[nodiscard]] zip::Chunk compress(std::span<const char> raw);

    // See end_of_entry.
    [[nodiscard]] zip::Chunk finish() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

// Each thread needs its own. Holds about 100 KiB.
class ChunkDecompressor {
public:
    explicit ChunkDecompressor(zip::Compression method);
    ChunkDecompressor(ChunkDecompressor&&) noexcept;
    ChunkDecompressor& operator=(ChunkDecompressor&&) noexcept;
    ~ChunkDecompressor();

    // Fills `raw` exactly. Throws InputError when the chunk is damaged, has more or fewer raw bytes, or does
    // not match `crc32`. Never writes outside of `raw`, even for damaged chunks.
    void decompress(std::span<const char> compressed, std::uint32_t crc32, std::span<char> raw);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

// Largest raw size of a chunk in bytes, so that a reader can allocate it. Chunks that snapq writes are far
// smaller: 256 KiB of text plus one line.
inline constexpr std::uint64_t k_max_raw_chunk = std::uint64_t{16} << 20;

}  // namespace snapq::archive
