// One entry on its way into a zip archive, as libzip wants to see it.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <span>

#include "zip/chunk.hpp"

struct zip_error;
struct zip_source;

namespace snapq::zip {

// Number of the method in zip files.
[[nodiscard]] std::uint16_t zip_method_of(Compression method);

// Pulls chunks and hands their bytes on as they are. libzip takes the data as compressed already because
// `stat` names the method; sizes and checksum, which it asks for again at the end, are summed up on the way.
class ZipEntry {
public:
    ZipEntry(Compression method, ChunkSource& chunks) : m_method(method), m_chunks(&chunks) {}

    [[nodiscard]] zip_source* make_source(zip_error& error);
    void rethrow_failure() const;

private:
    static std::int64_t callback(void* entry, void* data, std::uint64_t length, int command);
    std::int64_t handle(void* data, std::uint64_t length, int command);
    std::int64_t fill_stat(void* data, std::uint64_t length) const;
    std::int64_t read(std::span<char> into);
    bool next_chunk();

    Compression m_method;
    ChunkSource* m_chunks;
    std::optional<Chunk> m_chunk;
    std::size_t m_position = 0;  // in the chunk
    bool m_ended = false;
    std::uint64_t m_raw_size = 0;
    std::uint64_t m_compressed_size = 0;
    std::uint32_t m_crc32 = 0;
    std::exception_ptr m_failure;
};

}  // namespace snapq::zip
