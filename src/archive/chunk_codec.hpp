// Turns raw bytes into the independently compressed chunks of an archive entry and back (design section 3.1).
//
// deflate: every chunk is a run of raw deflate blocks that begins without history and ends on a byte border,
// so the chunks of an entry followed by `finish()` are one ordinary raw deflate stream. zstd: one frame a
// chunk. store: the bytes themselves.
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

// Levels a method takes; store has none (0 to 0).
struct LevelRange {
    int least = 0;
    int most = 0;
};
[[nodiscard]] LevelRange levels_of(zip::Compression method);

// What is in a chunk: JSON text, or pages of a database.
enum class Content : std::uint8_t { text, pages };

// The level used when the user asks for none; chosen by measurement, see chunk_codec.cpp.
[[nodiscard]] int default_level(zip::Compression method, Content content);

// What stands behind the last chunk of an entry: a chunk with raw_size 0, and without bytes unless the method
// is deflate. The archive writer adds it; producers of chunks need not.
[[nodiscard]] zip::Chunk end_of_entry(zip::Compression method);

// CRC-32 as zip and zlib define it, continued from `crc` (0 at the start).
[[nodiscard]] std::uint32_t crc32_of(std::span<const char> bytes, std::uint32_t crc = 0);

// One for each thread. Equal input gives equal bytes, whatever was compressed before. At the default
// levels it holds 0.6 MiB and as much as the largest chunk seen (zstd 19: 5.4 MiB); allocates nothing a chunk
// but the chunk's own bytes.
class ChunkCompressor {
public:
    // Throws UsageError for a level outside levels_of(method). Without one, the default for `content`.
    explicit ChunkCompressor(zip::Compression method, std::optional<int> level = std::nullopt,
                             Content content = Content::text);
    ChunkCompressor(ChunkCompressor&&) noexcept;
    ChunkCompressor& operator=(ChunkCompressor&&) noexcept;
    ~ChunkCompressor();

    // `raw` is at most k_max_raw_chunk bytes, and not empty.
    [[nodiscard]] zip::Chunk compress(std::span<const char> raw);

    // What ends an entry, see end_of_entry.
    [[nodiscard]] zip::Chunk finish() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

// One for each thread. Holds about 100 KiB.
class ChunkDecompressor {
public:
    explicit ChunkDecompressor(zip::Compression method);
    ChunkDecompressor(ChunkDecompressor&&) noexcept;
    ChunkDecompressor& operator=(ChunkDecompressor&&) noexcept;
    ~ChunkDecompressor();

    // Fills `raw` exactly; never writes beyond it, whatever `compressed` holds. Throws InputError when the
    // chunk is damaged, yields more or fewer bytes, or does not match `crc32`.
    void decompress(std::span<const char> compressed, std::uint32_t crc32, std::span<char> raw);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

// Ceiling on the raw size of one chunk, so that a reader may allocate it. Writers stay far below: 256 KiB of
// text plus one line.
inline constexpr std::uint64_t k_max_raw_chunk = std::uint64_t{16} << 20;

}  // namespace snapq::archive
