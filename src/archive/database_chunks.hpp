// A finished database file as the raw chunks of its entry.
#pragma once

#include <cstdint>
#include <string>

#include "archive/chunk_codec.hpp"
#include "zip/chunk.hpp"

namespace snapq::archive {

// Bytes of a raw chunk; the last one may be shorter. Four pages. Measured: chunks of 64 KiB compress as well
// as those of 512 KiB (3.2 times with deflate, 3.5 with zstd), and a cold look-up, which touches seven
// pages in different places, unpacks each in 0.06 ms instead of 0.5. Smaller ones save nothing that is felt
// and make the manifest longer.
inline constexpr std::uint64_t k_database_chunk = std::uint64_t{64} << 10;

// Any chunk may be read by any thread, in any order; the file must not change meanwhile. `fd` stays with the
// caller.
class DatabaseChunks {
public:
    explicit DatabaseChunks(int fd);

    [[nodiscard]] std::uint64_t size() const { return m_size; }  // bytes of the database
    [[nodiscard]] std::uint64_t count() const { return (m_size + k_database_chunk - 1) / k_database_chunk; }

    // Replaces `into` by chunk `number`, below count(). Throws SystemError.
    void read(std::uint64_t number, std::string& into) const;

private:
    int m_fd;
    std::uint64_t m_size;
};

// The same compressed one after the other, for a single thread.
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
