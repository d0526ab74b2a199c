#include "zip/writer.hpp"

#include <zip.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/file_descriptor.hpp"
#include "support/error.hpp"
#include "zip/records.hpp"

namespace snapq::zip {
namespace {

// 1 January 1980, the first day that a zip file can represent.
constexpr std::uint16_t k_first_dos_day = 1 << 5 | 1;
// Unix file mode of a regular file with permissions 0644.
constexpr std::uint32_t k_plain_file = 0100644U << 16;

[[noreturn]] void throw_libzip(zip_error_t& error, const char* doing) {
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    throw SystemError(fmt::format("{}: {}", doing, why));
}

[[noreturn]] void throw_libzip(struct ::zip* archive, const char* doing) {
    throw SystemError(fmt::format("{}: {}", doing, zip_strerror(archive)));
}

}  // namespace

ZipWriter::ZipWriter(int fd) : m_target(std::make_unique<ZipTarget>(fd)) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = m_target->make_source(error);
    if (source == nullptr) throw_libzip(error, "making the archive");
    m_archive = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &error);
    if (m_archive == nullptr) {
        zip_source_free(source);
        throw_libzip(error, "making the archive");
    }
}

ZipWriter::~ZipWriter() {
    if (m_archive != nullptr) zip_discard(m_archive);
}

void ZipWriter::add_entry(const std::string& name, Compression method, ChunkSource& chunks) {
    auto entry = std::make_unique<ZipEntry>(method, chunks);
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = entry->make_source(error);
    if (source == nullptr) throw_libzip(error, "adding an entry to the archive");
    const zip_int64_t added = zip_file_add(m_archive, name.c_str(), source, 0);
    if (added < 0) {
        zip_source_free(source);
        throw_libzip(m_archive, "adding an entry to the archive");
    }
    m_entries.push_back(std::move(entry));
    const auto index = static_cast<zip_uint64_t>(added);
    // Otherwise libzip would deflate a stored entry.
    if (method == Compression::store) zip_set_file_compression(m_archive, index, ZIP_CM_STORE, 0);
    zip_file_set_dostime(m_archive, index, 0, k_first_dos_day, 0);
    zip_file_set_external_attributes(m_archive, index, 0, ZIP_OPSYS_UNIX, k_plain_file);
}

void ZipWriter::finish() {
    if (zip_close(m_archive) == 0) {
        m_archive = nullptr;
        return;
    }
    for (const auto& entry : m_entries) entry->rethrow_failure();
    m_target->rethrow_failure();
    throw_libzip(m_archive, "writing the archive");
}

std::vector<LibraryVersion> library_versions() {
    return {{"libzip", ::zip_libzip_version()}};
}

// Exceptions must not pass through libzip. The callbacks store them for `rethrow_failure` and return -1.
namespace {

constexpr std::size_t k_buffer_size = std::size_t{256} << 10;

// Uses no constants of libzip, because libzip 1.7 has none for zstd.
std::uint16_t zip_method_of(Compression method) {
    switch (method) {
        case Compression::store: return static_cast<std::uint16_t>(ZipMethod::store);
        case Compression::deflate: return static_cast<std::uint16_t>(ZipMethod::deflate);
        case Compression::zstd: break;
    }
    return static_cast<std::uint16_t>(ZipMethod::zstd);
}

std::int64_t report_error(int code, void* data, std::uint64_t length) {
    zip_error_t error;
    zip_error_init(&error);
    zip_error_set(&error, code, 0);
    return zip_error_to_data(&error, data, length);
}

}  // namespace

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
        case ZIP_SOURCE_ERROR: return report_error(ZIP_ER_READ, data, length);
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
    m_chunk.reset();  // frees its memory before the next one is made
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

ZipTarget::ZipTarget(int fd) : m_fd(fd) {
    m_buffer.reserve(k_buffer_size);
}

zip_source* ZipTarget::make_source(zip_error& error) {
    const auto function = [](void* target, void* data, zip_uint64_t length,
                             zip_source_cmd command) -> zip_int64_t {
        return callback(target, data, length, command);
    };
    return zip_source_function_create(function, this, &error);
}

void ZipTarget::rethrow_failure() const {
    if (m_failure) std::rethrow_exception(m_failure);
}

std::int64_t ZipTarget::callback(void* target, void* data, std::uint64_t length, int command) {
    auto& self = *static_cast<ZipTarget*>(target);
    try {
        return self.handle(data, length, command);
    } catch (...) {
        if (!self.m_failure) self.m_failure = std::current_exception();
        return -1;
    }
}

std::int64_t ZipTarget::handle(void* data, std::uint64_t length, int command) {
    switch (command) {
        case ZIP_SOURCE_SUPPORTS: return ZIP_SOURCE_SUPPORTS_WRITABLE;
        case ZIP_SOURCE_STAT: return fill_stat(data, length);
        case ZIP_SOURCE_WRITE: return write({static_cast<const char*>(data), length});
        case ZIP_SOURCE_SEEK_WRITE: return seek(data, length);
        case ZIP_SOURCE_TELL_WRITE: return static_cast<std::int64_t>(m_flushed + m_buffer.size());
        case ZIP_SOURCE_COMMIT_WRITE: flush(); return 0;
        case ZIP_SOURCE_ERROR: return report_error(ZIP_ER_WRITE, data, length);
        // The other requests need no work: to read the archive, which is still empty, and to begin or discard
        // a write.
        default: return 0;
    }
}

std::int64_t ZipTarget::fill_stat(void* data, std::uint64_t length) {
    if (length < sizeof(zip_stat_t)) return -1;
    auto& stat = *static_cast<zip_stat_t*>(data);
    zip_stat_init(&stat);
    stat.valid = ZIP_STAT_SIZE;
    stat.size = m_length;
    return sizeof(zip_stat_t);
}

std::int64_t ZipTarget::seek(void* data, std::uint64_t length) {
    flush();
    zip_error_t error;
    zip_error_init(&error);
    const std::int64_t offset = zip_source_seek_compute_offset(m_flushed, m_length, data, length, &error);
    zip_error_fini(&error);
    if (offset < 0) return -1;
    m_flushed = static_cast<std::uint64_t>(offset);
    return 0;
}

std::int64_t ZipTarget::write(std::span<const char> bytes) {
    if (m_buffer.size() + bytes.size() > k_buffer_size) flush();
    m_buffer.insert(m_buffer.end(), bytes.begin(), bytes.end());
    m_length = std::max(m_length, m_flushed + m_buffer.size());
    return static_cast<std::int64_t>(bytes.size());
}

void ZipTarget::flush() {
    io::write_fully_at(m_fd, m_flushed, {m_buffer.data(), m_buffer.size()}, "the archive");
    m_flushed += m_buffer.size();
    m_buffer.clear();
}

}  // namespace snapq::zip
