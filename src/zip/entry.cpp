#include "zip/entry.hpp"

#include <zip.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace snapq::zip {

std::uint16_t zip_method_of(Compression method) {
    switch (method) {
        case Compression::store: return ZIP_CM_STORE;
        case Compression::deflate: return ZIP_CM_DEFLATE;
        case Compression::zstd: break;
    }
    return 93;  // libzip 1.7 has no name for it
}

zip_source* ZipEntry::make_source(zip_error& error) {
    const auto function = [](void* entry, void* data, zip_uint64_t length,
                             zip_source_cmd command) -> zip_int64_t {
        return callback(entry, data, length, command);
    };
    return zip_source_function_create(function, this, &error);
}

void ZipEntry::rethrow_failure() const {
    if (m_failure) std::rethrow_exception(m_failure);
}

// No exception may pass through libzip: it is kept for `rethrow_failure`, and libzip is told that it failed.
std::int64_t ZipEntry::callback(void* entry, void* data, std::uint64_t length, int command) {
    auto& self = *static_cast<ZipEntry*>(entry);
    try {
        return self.handle(data, length, command);
    } catch (...) {
        if (!self.m_failure) self.m_failure = std::current_exception();
        return -1;
    }
}

std::int64_t ZipEntry::handle(void* data, std::uint64_t length, int command) {
    switch (command) {
        case ZIP_SOURCE_SUPPORTS: return ZIP_SOURCE_SUPPORTS_READABLE;
        case ZIP_SOURCE_STAT: return fill_stat(data, length);
        case ZIP_SOURCE_READ: return read({static_cast<char*>(data), length});
        case ZIP_SOURCE_ERROR: {
            zip_error_t error;
            zip_error_init(&error);
            zip_error_set(&error, ZIP_ER_READ, 0);
            return zip_error_to_data(&error, data, length);
        }
        default: return 0;
    }
}

std::int64_t ZipEntry::fill_stat(void* data, std::uint64_t length) const {
    if (length < sizeof(zip_stat_t)) return -1;
    auto& stat = *static_cast<zip_stat_t*>(data);
    zip_stat_init(&stat);
    stat.valid = ZIP_STAT_COMP_METHOD;
    stat.comp_method = zip_method_of(m_method);
    if (m_ended) {
        stat.valid |= ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_CRC;
        stat.size = m_raw_size;
        stat.comp_size = m_compressed_size;
        stat.crc = m_crc32;
    }
    return sizeof(zip_stat_t);
}

std::int64_t ZipEntry::read(std::span<char> into) {
    std::size_t filled = 0;
    while (filled < into.size()) {
        if ((!m_chunk || m_position == m_chunk->bytes.size()) && !next_chunk()) break;
        const std::size_t amount = std::min(into.size() - filled, m_chunk->bytes.size() - m_position);
        std::memcpy(into.data() + filled, m_chunk->bytes.data() + m_position, amount);
        filled += amount;
        m_position += amount;
    }
    return static_cast<std::int64_t>(filled);
}

bool ZipEntry::next_chunk() {
    m_chunk.reset();  // its memory goes back before the next one is asked for
    m_position = 0;
    if (m_ended) return false;
    m_chunk = m_chunks->next();
    m_ended = !m_chunk;
    if (m_ended) return false;
    m_crc32 = static_cast<std::uint32_t>(
        crc32_combine(m_crc32, m_chunk->crc32, static_cast<z_off_t>(m_chunk->raw_size)));
    m_raw_size += m_chunk->raw_size;
    m_compressed_size += m_chunk->bytes.size();
    return true;
}

}  // namespace snapq::zip
