// The directory of a zip file, checked completely before any of it is believed.
//
// Written by hand rather than with libzip, because a query needs the byte offset of an entry's compressed
// bytes (to read single chunks with pread, from several threads) and errors have to name offsets; libzip
// gives out neither. Understood: zip and zip64 in one piece, any method (the caller refuses those it cannot
// unpack). Not understood: encrypted entries, bytes before the first entry, archives split over several
// files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/random_access.hpp"
#include "support/bytes.hpp"

namespace snapq::zip {

enum class ZipMethod : std::uint16_t { store = 0, deflate = 8, zstd = 93 };

struct DirectoryEntry {
    std::string name;
    std::uint16_t method = 0;  // a ZipMethod, or one that snapq does not know
    std::uint32_t crc32 = 0;   // of the unpacked bytes
    std::uint64_t compressed_size = 0;
    std::uint64_t size = 0;           // unpacked
    std::uint64_t header_offset = 0;  // of the local header in the file
    std::uint64_t data_offset = 0;    // of the compressed bytes in the file
};

class ZipReader {
public:
    // Throws InputError for a damaged or hostile directory: entries of the same name, entries that overlap or
    // lie outside the file, names that are absolute or climb with "..", local headers that contradict the
    // directory.
    explicit ZipReader(std::shared_ptr<const io::FileBytes> file);

    // In the order of the directory.
    [[nodiscard]] const std::vector<DirectoryEntry>& entries() const { return m_entries; }
    // Null when there is none.
    [[nodiscard]] const DirectoryEntry* find(std::string_view name) const;

    // The compressed bytes of an entry.
    [[nodiscard]] std::shared_ptr<const io::RandomAccessBytes> compressed(const DirectoryEntry& entry) const;
    // The unpacked bytes of an entry as one stream, for entries without seek points. Size and checksum are
    // checked when the end is reached. Throws InputError for an unknown method.
    [[nodiscard]] std::unique_ptr<ByteSource> open(const DirectoryEntry& entry) const;

    [[nodiscard]] const std::shared_ptr<const io::FileBytes>& file() const { return m_file; }

private:
    std::shared_ptr<const io::FileBytes> m_file;
    std::vector<DirectoryEntry> m_entries;
};

// Whether the file begins like a zip (with an entry, or empty).
[[nodiscard]] bool looks_like_zip(const io::RandomAccessBytes& bytes);

// A name from a stranger's file, fit for a terminal: at most 80 characters, what is not printable ASCII as
// \xNN.
[[nodiscard]] std::string printable_name(std::string_view name);

}  // namespace snapq::zip
