// Writes a zip file from entries that are already compressed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/library_version.hpp"
#include "zip/chunk.hpp"

struct zip;

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

}  // namespace snapq::zip
