// Reads zip files: those that can be read at any offset, with all their entries, and streams, entry by
// entry.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/random_access.hpp"
#include "io/window.hpp"
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

// Reads a zip file that cannot seek (a pipe, or a zip file inside gzip) entry by entry through the local
// headers.
//
// One thread. Throws InputError when the file is damaged or truncated.
class StreamReader {
public:
    StreamReader(std::unique_ptr<io::Window> file, io::ErrorContext context, io::ExpansionGuard guard);

    // Reads the local header at the current position, in the order of the file; nullopt after the last entry.
    // Its header_offset is an offset in the stream. Each entry must be skipped or opened before the next
    // call.
    [[nodiscard]] std::optional<DirectoryEntry> next();

    // `entry` is the one that next() returned, and it is supported.
    void skip(const DirectoryEntry& entry);
    // The data of the entry. This reader must not be used afterwards.
    [[nodiscard]] std::unique_ptr<ByteSource> open(const DirectoryEntry& entry);

private:
    std::string_view peek(std::size_t count);

    std::unique_ptr<io::Window> m_file;
    io::ErrorContext m_context;
    io::ExpansionGuard m_guard;
};

}  // namespace snapq::zip
