// Reads zip files: those that can be read at any offset, with all their entries, and streams, entry by entry.
// The data of an entry is unpacked and checked against its sizes and its checksum.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/codecs.hpp"
#include "io/file_source.hpp"
#include "io/window.hpp"
#include "support/bytes.hpp"
#include "zip/records.hpp"

namespace snapq::zip {

// Whether EntryReader can unpack the entry: it supports store, deflate and zstd (any number of frames).
[[nodiscard]] bool is_supported(const DirectoryEntry& entry);

// Reads from a window whose next byte is the first byte of the entry's data. One thread.
class EntryReader {
public:
    // `entry` must be supported. If has_descriptor() is true, the sizes and the checksum follow the data.
    // Deflated data contain their own end. Stored data end before the first descriptor that matches all data
    // before it. A zstd entry must not have a descriptor.
    EntryReader(DirectoryEntry entry, io::ErrorContext context,
                std::optional<io::ExpansionGuard> guard = std::nullopt);

    // Returns at least one byte, or 0 at the end; the next byte of the window is then the first one after the
    // data and the descriptor. Throws InputError for damaged or truncated data, and as soon as there are more
    // bytes than announced.
    std::size_t read(io::Window& data, std::span<char> into);

private:
    std::size_t unpack(io::Window& data, std::span<char> into);
    std::size_t read_stored(io::Window& data, std::span<char> into);
    std::size_t read_stored_to_descriptor(io::Window& data, std::span<char> into);
    void check_end(io::Window& data);

    DirectoryEntry m_entry;
    io::ErrorContext m_context;
    std::optional<io::ExpansionGuard> m_guard;
    std::unique_ptr<io::Inflater> m_inflater;  // of a deflated entry
    std::unique_ptr<io::ZstdDecoder> m_zstd;   // of a zstd entry
    std::optional<std::uint64_t> m_data_begin;
    DirectoryEntry m_actual;  // checksum and sizes of the data read so far
    bool m_done = false;
};

// An EntryReader that owns its window.
class EntrySource final : public ByteSource {
public:
    EntrySource(std::unique_ptr<io::Window> data, EntryReader reader)
        : m_data(std::move(data)), m_reader(std::move(reader)) {}

    std::size_t read(std::span<char> into) override { return m_reader.read(*m_data, into); }
    [[nodiscard]] std::uint64_t consumed() const override { return m_data->consumed(); }

private:
    std::unique_ptr<io::Window> m_data;
    EntryReader m_reader;
};

// Opens an entry from the directory of `file`. Its data_offset must be set.
[[nodiscard]] std::unique_ptr<ByteSource> open_entry(std::shared_ptr<const io::RandomAccessBytes> file,
                                                     DirectoryEntry entry, io::ErrorContext context,
                                                     std::optional<io::ExpansionGuard> guard = std::nullopt);

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
