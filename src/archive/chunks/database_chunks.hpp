// Reads a complete database file as the raw chunks of its entry.
#pragma once

#include <cstdint>
#include <string>

#include "archive/chunks/chunk_codec.hpp"
#include "zip/chunk.hpp"

namespace snapq::archive {

// Bytes of a raw chunk, four pages; the last chunk may be shorter. Measured: chunks of 64 KiB compress as
// well as chunks of 512 KiB (ratio 3.2 with deflate, 3.5 with zstd). The first look-up in an archive touches
// seven pages in different chunks and unpacks each in 0.06 ms instead of 0.5 ms. Smaller chunks save little
// time and make the manifest longer.
inline constexpr std::uint64_t k_database_chunk = std::uint64_t{64} << 10;

// Several threads may read chunks at once, in any order. The file must not change while it is read. The
// caller owns `fd`.
class DatabaseChunks {
public:
    explicit DatabaseChunks(int fd);

    [[nodiscard]] std::uint64_t size() const { return m_size; }  // bytes of the database
    [[nodiscard]] std::uint64_t count() const { return (m_size + k_database_chunk - 1) / k_database_chunk; }

    // Replaces `into` by chunk `number`, which is below count(). Throws SystemError when reading fails.
    void read(std::uint64_t number, std::string& into) const;

private:
    int m_fd;
    std::uint64_t m_size;
};

// Compresses these chunks one after the other, in a single thread.
class SerialDatabaseChunks : public zip::ChunkSource {
public:
    SerialDatabaseChunks(int fd, ChunkCompressor compressor);

    std::optional<zip::Chunk> next() override;

private:
    DatabaseChunks m_chunks;
    ChunkCompressor m_compressor;
    std::uint64_t m_next = 0;
    std::string m_raw;
};

}  // namespace snapq::archive
