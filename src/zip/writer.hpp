// Writes a zip file from entries that are already compressed.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "support/version.hpp"
#include "zip/chunk.hpp"

struct zip;
struct zip_error;
struct zip_source;

namespace snapq::zip {

class ZipEntry;
class ZipTarget;

// Entries are written in the order in which they were added. Equal chunks give equal bytes: entry times are
// fixed (1980-01-01), names are ASCII, permissions are 0644. Every entry is prepared for sizes above 4 GiB
// (zip64), because its size is not known beforehand. Chunks are not copied or kept. One thread.
class ZipWriter {
public:
    // Writes to `fd`, an empty, seekable file, which may be unnamed. The caller owns it.
    explicit ZipWriter(int fd);
    ZipWriter(const ZipWriter&) = delete;
    ZipWriter& operator=(const ZipWriter&) = delete;
    ~ZipWriter();

    // The concatenated `chunks` must be one ordinary stream of `method`. The source must live until `finish`,
    // which reads the sources entry by entry. At least one entry must be added.
    void add_entry(const std::string& name, Compression method, ChunkSource& chunks);

    // Writes the whole file. Rethrows the exception of a source. Throws SystemError when the file cannot be
    // written.
    void finish();

private:
    std::unique_ptr<ZipTarget> m_target;
    std::vector<std::unique_ptr<ZipEntry>> m_entries;
    struct ::zip* m_archive = nullptr;
};

// The version of libzip.
[[nodiscard]] std::vector<LibraryVersion> library_versions();

// ---- the callbacks of libzip: the source of an entry's data, and the file that it writes to ----

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
