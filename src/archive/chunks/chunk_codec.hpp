// Compresses raw bytes into independent chunks of an archive entry, and decompresses them.
// docs/archive-format.md describes the chunks.
//
// deflate: a chunk is a sequence of raw deflate blocks that does not refer to earlier bytes and ends at a
// byte boundary. The chunks of an entry and end_of_entry together are one ordinary raw deflate stream. zstd:
// a chunk is one frame. store: a chunk is the raw bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "support/version.hpp"
#include "zip/chunk.hpp"

struct isal_zstream;

namespace snapq::archive {

// Compresses chunks with ISA-L to raw deflate that ends with a full flush, so that each chunk can be
// decompressed alone and several chunks can be joined. One thread at a time. Equal bytes and levels give
// equal output in every object.
class Deflater {
public:
    // `level` is ISA-L's, 0 to 3.
    explicit Deflater(int level);
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    ~Deflater();

    // Writes to `into`, which has at least bound(raw.size()) bytes, and returns the number of bytes written.
    // Bytes that cannot be compressed become stored blocks. Throws SystemError when ISA-L reports an error.
    std::size_t compress(std::span<const char> raw, std::span<char> into);

    // Bytes that a chunk can take at most: stored blocks add 5 bytes for each 65,535, and the flush and what
    // ISA-L adds are below 1 KiB.
    static std::size_t bound(std::size_t raw_size) { return raw_size + raw_size / 4096 + 1024; }

private:
    isal_zstream& stream_for(std::span<const char> raw);
    void clear_once(isal_zstream& stream);

    std::uint32_t m_level;
    // Half a megabyte, which many compressors of short archives never use. ISA-L reads parts of them that it
    // does not set, so both members are cleared, but only before their first use.
    std::vector<std::uint8_t> m_level_buffer;
    std::unique_ptr<isal_zstream[]> m_streams;
    std::vector<bool> m_is_cleared;  // by stream
};

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

// The versions of the libraries that compress, unpack and parse: zlib, zstd, ISA-L and simdjson.
[[nodiscard]] std::vector<LibraryVersion> library_versions();

}  // namespace snapq::archive
