// The callbacks of libzip while it writes a zip file: the source of an entry's data, and the file that it
// writes to.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <vector>

#include "zip/chunk.hpp"

struct zip_error;
struct zip_source;

namespace snapq::zip {

// The data of one entry. Reads the chunks and passes their bytes on unchanged. libzip does not compress the
// data, because `stat` already names the method. libzip asks for sizes and checksum again at the end, when
// they are known.
class ZipEntry {
public:
    ZipEntry(Compression method, ChunkSource& chunks) : m_method(method), m_chunks(&chunks) {}

    // A libzip source that refers to this object. Null, with `error` set, when there is no memory.
    [[nodiscard]] zip_source* make_source(zip_error& error);
    // Rethrows the error of the chunk source that stopped libzip, if there was one.
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
    std::size_t m_position = 0;  // in the bytes of m_chunk
    bool m_ended = false;
    std::uint64_t m_raw_size = 0;
    std::uint64_t m_compressed_size = 0;
    std::uint32_t m_crc32 = 0;
    std::exception_ptr m_failure;
};

// The file that libzip writes to. Collects libzip's many small writes into writes of 256 KiB.
class ZipTarget {
public:
    explicit ZipTarget(int fd);

    // A libzip source that refers to this object. Null, with `error` set, when there is no memory.
    [[nodiscard]] zip_source* make_source(zip_error& error);

    // Rethrows the write error that stopped libzip, if there was one.
    void rethrow_failure() const;

private:
    static std::int64_t callback(void* target, void* data, std::uint64_t length, int command);
    std::int64_t handle(void* data, std::uint64_t length, int command);
    std::int64_t fill_stat(void* data, std::uint64_t length);
    std::int64_t seek(void* data, std::uint64_t length);
    std::int64_t write(std::span<const char> bytes);
    void flush();

    int m_fd;
    std::vector<char> m_buffer;
    std::uint64_t m_flushed = 0;  // file offset of the first byte of the buffer
    std::uint64_t m_length = 0;   // of the file, including the buffer
    std::exception_ptr m_failure;
};

}  // namespace snapq::zip
