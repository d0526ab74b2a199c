// Writes a zip file from entries that are compressed already.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "zip/chunk.hpp"

struct zip;

namespace snapq::zip {

class ZipEntry;
class ZipTarget;

// Entries stand in the file in the order in which they were added. Equal chunks give equal bytes: entry times
// are fixed (1980-01-01), names are ASCII, permissions 0644. Every entry is prepared for sizes above 4 GiB
// (zip64), because nothing is known of them beforehand. Nothing is copied or kept: chunks go from their
// source to the file.
class ZipWriter {
public:
    // Writes to `fd`, which is empty, seekable (it need not have a name), and stays open with the caller.
    explicit ZipWriter(int fd);
    ZipWriter(const ZipWriter&) = delete;
    ZipWriter& operator=(const ZipWriter&) = delete;
    ~ZipWriter();

    // `chunks` must be an ordinary stream of `method` when concatenated; it is pulled by `finish`, after
    // those of the entries before are done, and must live until then. At least one entry must be added.
    void add_entry(const std::string& name, Compression method, ChunkSource& chunks);

    // Writes everything. Rethrows what a source throws; throws SystemError when the file cannot be written.
    void finish();

private:
    std::unique_ptr<ZipTarget> m_target;
    std::vector<std::unique_ptr<ZipEntry>> m_entries;
    struct ::zip* m_archive = nullptr;
};

}  // namespace snapq::zip
