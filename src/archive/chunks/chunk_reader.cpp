#include "archive/chunks/chunk_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "support/error.hpp"

namespace snapq::archive {

ChunkReader::ChunkReader(std::shared_ptr<const io::RandomAccessBytes> compressed, const ManifestEntry& record,
                         std::string file_name, std::uint64_t file_offset)
    : m_compressed(std::move(compressed)),
      m_file_name(std::move(file_name)),
      m_entry_name(record.name),
      m_file_offset(file_offset),
      m_decompressor(record.method) {
    add_offsets(record);
}

// Sizes may be crafted: each is compared with the bytes that are left before it is added, so no sum can
// overflow.
void ChunkReader::add_offsets(const ManifestEntry& record) {
    m_offsets.reserve(record.chunks.size() + 1);
    ChunkOffset next;
    for (const ChunkRecord& chunk : record.chunks) {
        m_offsets.push_back({next.raw_begin, next.compressed_begin, chunk.crc32});
        const std::size_t number = m_offsets.size() - 1;
        if (chunk.raw_size > k_max_raw_chunk) fail(number, "is larger than the format allows");
        if (chunk.raw_size == 0 && number + 1 != record.chunks.size()) fail(number, "is empty");
        if (chunk.raw_size > record.size - next.raw_begin ||
            chunk.compressed_size > m_compressed->size() - next.compressed_begin) {
            fail(number, "extends beyond its entry");
        }
        next.raw_begin += chunk.raw_size;
        next.compressed_begin += chunk.compressed_size;
    }
    m_offsets.push_back(next);
    if (next.raw_begin != record.size || next.compressed_begin != m_compressed->size()) {
        throw InputError(m_file_name,
                         fmt::format("{}: the sizes of its chunks do not add up to its size", m_entry_name),
                         m_file_offset);
    }
}

std::uint64_t ChunkReader::offset_of(std::size_t chunk) const {
    return m_file_offset + m_offsets.at(chunk).compressed_begin;
}

std::uint64_t ChunkReader::compressed_size_of(std::size_t chunk) const {
    return m_offsets.at(chunk + 1).compressed_begin - m_offsets.at(chunk).compressed_begin;
}

std::uint64_t ChunkReader::raw_size_of(std::size_t chunk) const {
    return m_offsets.at(chunk + 1).raw_begin - m_offsets.at(chunk).raw_begin;
}

void ChunkReader::fail(std::size_t chunk, std::string_view what) const {
    throw InputError(m_file_name, fmt::format("{}: chunk {} {}", m_entry_name, chunk, what),
                     offset_of(chunk));
}

std::vector<char> ChunkReader::unpack(std::size_t chunk) const {
    const std::scoped_lock lock(m_mutex);
    check_compressed_size(chunk);
    std::vector<char> raw(static_cast<std::size_t>(raw_size_of(chunk)));
    unpack_locked(chunk, raw);
    return raw;
}

void ChunkReader::check_compressed_size(std::size_t chunk) const {
    // No undamaged chunk is larger than this; the fixed allowance covers the headers of small chunks.
    constexpr std::uint64_t k_header_allowance = 1024;
    if (compressed_size_of(chunk) > 2 * raw_size_of(chunk) + k_header_allowance)
        fail(chunk, "has more compressed bytes than possible");
}

void ChunkReader::unpack_locked(std::size_t chunk, std::span<char> raw) const {
    m_compressed_chunk.resize(static_cast<std::size_t>(compressed_size_of(chunk)));
    m_compressed->read_at(m_offsets[chunk].compressed_begin, m_compressed_chunk);
    try {
        m_decompressor.decompress(m_compressed_chunk, m_offsets[chunk].crc32, raw);
    } catch (const InputError& error) {
        fail(chunk, "is damaged: " + error.message());
    }
}

void ChunkReader::make_room(std::uint64_t bytes) const {
    while (!m_cache.empty() && m_cached_bytes + bytes > k_cache_bytes) {
        const auto oldest = std::ranges::min_element(m_cache, {}, &Cached::last_use);
        m_cached_bytes -= oldest->size;
        m_cache.erase(oldest);
    }
}

const ChunkReader::Cached& ChunkReader::cached(std::size_t chunk) const {
    auto found = std::ranges::find(m_cache, chunk, &Cached::chunk);
    if (found == m_cache.end()) {
        check_compressed_size(chunk);
        const auto size = static_cast<std::size_t>(raw_size_of(chunk));
        make_room(size);
        Cached fresh{.chunk = chunk, .size = size, .raw = std::make_unique_for_overwrite<char[]>(size)};
        unpack_locked(chunk, std::span(fresh.raw.get(), size));
        m_cached_bytes += size;
        found = m_cache.insert(m_cache.end(), std::move(fresh));
    }
    found->last_use = ++m_uses;
    return *found;
}

void ChunkReader::read_at(std::uint64_t offset, std::span<char> into) const {
    io::check_range(*this, offset, into.size());
    const std::scoped_lock lock(m_mutex);
    while (!into.empty()) {
        const auto after = std::ranges::upper_bound(m_offsets, offset, {}, &ChunkOffset::raw_begin);
        const auto chunk = static_cast<std::size_t>(after - m_offsets.begin()) - 1;
        const Cached& raw = cached(chunk);
        const auto from = static_cast<std::size_t>(offset - m_offsets[chunk].raw_begin);
        const std::size_t count = std::min(into.size(), raw.size - from);
        std::memcpy(into.data(), raw.raw.get() + from, count);
        offset += count;
        into = into.subspan(count);
    }
}

}  // namespace snapq::archive
