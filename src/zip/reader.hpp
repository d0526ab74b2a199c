// A zip file with all its entries. The constructor checks it completely.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/random_access.hpp"
#include "support/bytes.hpp"
#include "zip/records.hpp"

namespace snapq::zip {

// For archives, which have few entries and are untrusted. Several threads may use it at the same time, but
// each stream belongs to one thread.
class ZipReader {
public:
    // Throws InputError for a damaged or hostile directory: duplicate names, entries that overlap or lie
    // outside the file, names that are absolute or contain "..", encrypted entries, local headers that
    // contradict the directory, more than 16 MiB of directory.
    explicit ZipReader(std::shared_ptr<const io::FileBytes> file);

    // The entries in the order of the directory.
    [[nodiscard]] const std::vector<DirectoryEntry>& entries() const { return m_entries; }
    // Null when the name does not exist.
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

// Whether the file begins like a zip file (with an entry, or with the end record of an empty one).
[[nodiscard]] bool looks_like_zip(const io::RandomAccessBytes& bytes);

}  // namespace snapq::zip
