// Random access to the raw bytes of a chunked entry through the seek points of the manifest (design
// section 3.1).
//
// Holds 24 bytes a chunk and at most k_cache_bytes of unpacked chunks (or the one chunk in use, if that is
// larger). Every chunk is checked against its checksum when it is unpacked. May be used by several threads;
// they take turns.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "archive/chunk_codec.hpp"
#include "archive/manifest.hpp"
#include "io/random_access.hpp"

namespace snapq::archive {

class ChunkReader final : public io::RandomAccessBytes {
public:
    static constexpr std::uint64_t k_cache_bytes = std::uint64_t{8} << 20;

    // `compressed` are the entry's bytes, which lie at `file_offset` of the file named `file_name` (for
    // messages). Throws InputError for seek points that do not fit the entry: sums that differ from its
    // sizes, a chunk above k_max_raw_chunk, an empty chunk that is not the last.
    ChunkReader(std::shared_ptr<const io::RandomAccessBytes> compressed, const EntryRecord& record,
                std::string file_name, std::uint64_t file_offset);

    [[nodiscard]] std::uint64_t size() const override { return m_places.back().raw_begin; }
    void read_at(std::uint64_t offset, std::span<char> into) const override;

    [[nodiscard]] std::size_t chunk_count() const { return m_places.size() - 1; }
    // Where a chunk begins in the file.
    [[nodiscard]] std::uint64_t offset_of(std::size_t chunk) const;
    [[nodiscard]] std::uint64_t compressed_size_of(std::size_t chunk) const;
    [[nodiscard]] std::uint64_t raw_size_of(std::size_t chunk) const;
    [[nodiscard]] std::uint32_t crc32_of(std::size_t chunk) const { return m_places.at(chunk).crc32; }

    // Unpacks one chunk past the cache and checks it. Throws InputError with its number and offset.
    [[nodiscard]] std::vector<char> unpack(std::size_t chunk) const;

private:
    struct ChunkOffset {
        std::uint64_t raw_begin = 0;
        std::uint64_t compressed_begin = 0;
        std::uint32_t crc32 = 0;
    };
    struct Cached {
        std::size_t chunk = 0;
        std::uint64_t last_use = 0;
        std::vector<char> raw;
    };

    void add_places(const EntryRecord& record);
    [[noreturn]] void fail(std::size_t chunk, std::string_view what) const;
    void unpack_locked(std::size_t chunk, std::vector<char>& raw) const;
    const Cached& cached(std::size_t chunk) const;
    void make_room(std::uint64_t bytes) const;

    std::shared_ptr<const io::RandomAccessBytes> m_compressed;
    std::string m_file_name;
    std::string m_entry_name;
    std::uint64_t m_file_offset;
    std::vector<ChunkOffset> m_places;  // one more than there are chunks: the end

    mutable std::mutex m_mutex;  // guards all below
    mutable ChunkDecompressor m_decompressor;
    mutable std::vector<char> m_packed;
    mutable std::vector<Cached> m_cache;
    mutable std::uint64_t m_cached_bytes = 0;
    mutable std::uint64_t m_clock = 0;
};

}  // namespace snapq::archive
