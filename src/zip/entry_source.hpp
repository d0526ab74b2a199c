// The data of one zip entry, unpacked and checked against its sizes and its checksum.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "io/codecs.hpp"
#include "io/random_access.hpp"
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

}  // namespace snapq::zip
