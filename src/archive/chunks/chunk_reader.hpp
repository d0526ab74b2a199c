// Random access to the raw bytes of an entry, through the seek points of the manifest
// (docs/archive-format.md).
//
// Holds 24 bytes for each chunk, and at most k_cache_bytes of unpacked chunks, or one chunk if that is
// larger. Compares the checksum of each chunk that it unpacks. Several threads may use it; a mutex lets one
// of them read at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "archive/chunks/chunk_codec.hpp"
#include "archive/manifest.hpp"
#include "io/file_source.hpp"

namespace snapq::archive {

class ChunkReader final : public io::RandomAccessBytes {
public:
    static constexpr std::uint64_t k_cache_bytes = std::uint64_t{7} << 20;

    // `compressed` are the bytes of the entry. `file_name`, and `file_offset` of its first byte, are for
    // messages. Throws InputError for seek points that do not fit the entry: sums that differ from its sizes,
    // a chunk above k_max_raw_chunk, or an empty chunk that is not the last one.
    ChunkReader(std::shared_ptr<const io::RandomAccessBytes> compressed, const ManifestEntry& record,
                std::string file_name, std::uint64_t file_offset);

    [[nodiscard]] std::uint64_t size() const override { return m_offsets.back().raw_begin; }
    void read_at(std::uint64_t offset, std::span<char> into) const override;

    [[nodiscard]] std::size_t chunk_count() const { return m_offsets.size() - 1; }
    // Offset of the first byte of a chunk in the file.
    [[nodiscard]] std::uint64_t offset_of(std::size_t chunk) const;
    [[nodiscard]] std::uint64_t compressed_size_of(std::size_t chunk) const;
    [[nodiscard]] std::uint64_t raw_size_of(std::size_t chunk) const;
    [[nodiscard]] std::uint32_t crc32_of(std::size_t chunk) const { return m_offsets.at(chunk).crc32; }

    // Unpacks one chunk without the cache. Throws InputError with its number and offset when it is damaged.
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
        std::size_t size = 0;
        std::unique_ptr<char[]> raw;  // not a vector, which would first fill it with zeros
    };

    void add_offsets(const ManifestEntry& record);
    [[noreturn]] void fail(std::size_t chunk, std::string_view what) const;
    // Throws InputError before anything is allocated if the chunk cannot have its compressed size.
    void check_compressed_size(std::size_t chunk) const;
    void unpack_locked(std::size_t chunk, std::span<char> raw) const;
    const Cached& cached(std::size_t chunk) const;
    void make_room(std::uint64_t bytes) const;

    std::shared_ptr<const io::RandomAccessBytes> m_compressed;
    std::string m_file_name;
    std::string m_entry_name;
    std::uint64_t m_file_offset;
    std::vector<ChunkOffset> m_offsets;  // of each chunk, and of the end of the entry

    mutable std::mutex m_mutex;  // guards the members below
    mutable ChunkDecompressor m_decompressor;
    mutable std::vector<char> m_compressed_chunk;
    mutable std::vector<Cached> m_cache;
    mutable std::uint64_t m_cached_bytes = 0;
    mutable std::uint64_t m_uses = 0;  // counts uses, for Cached::last_use
};

}  // namespace snapq::archive
