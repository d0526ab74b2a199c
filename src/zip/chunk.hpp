// An entry of the archive is a sequence of independently compressed chunks (design section 3.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace snapq::zip {

enum class Compression : std::uint8_t { store, deflate, zstd };

struct Chunk {
    std::string bytes;           // compressed; concatenated, the chunks of an entry are one ordinary stream
    std::uint64_t raw_size = 0;  // bytes of text or pages it stands for
    std::uint32_t crc32 = 0;     // of the raw bytes
};

// Yields the chunks of one entry in order. The producer may work ahead on other threads, in bounded memory.
class ChunkSource {
public:
    ChunkSource() = default;
    ChunkSource(const ChunkSource&) = delete;
    ChunkSource& operator=(const ChunkSource&) = delete;
    virtual ~ChunkSource() = default;

    // The next chunk, nullopt after the last. Rethrows the producer's failure.
    virtual std::optional<Chunk> next() = 0;
};

}  // namespace snapq::zip
