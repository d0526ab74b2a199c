// A chunk of an archive entry. An entry is a sequence of independently compressed chunks
// (docs/archive-format.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace snapq::zip {

enum class Compression : std::uint8_t { store, deflate, zstd };

struct Chunk {
    std::string bytes;           // compressed; concatenated, the chunks of an entry are one ordinary stream
    std::uint64_t raw_size = 0;  // bytes before compression
    std::uint32_t crc32 = 0;     // of the bytes before compression
};

// Returns the chunks of one entry in order. The producer may work ahead in other threads, with bounded
// memory.
class ChunkSource {
public:
    ChunkSource() = default;
    ChunkSource(const ChunkSource&) = delete;
    ChunkSource& operator=(const ChunkSource&) = delete;
    virtual ~ChunkSource() = default;

    // Returns the next chunk, nullopt after the last. Rethrows an exception of the producer.
    virtual std::optional<Chunk> next() = 0;
};

}  // namespace snapq::zip
