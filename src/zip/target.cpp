#include "zip/target.hpp"

#include <zip.h>

#include <algorithm>

#include "io/file_descriptor.hpp"

namespace snapq::zip {
namespace {

constexpr std::size_t k_buffer_size = std::size_t{256} << 10;

}  // namespace

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

// No exception may pass through libzip: it is kept for `rethrow_failure`, and libzip is told that it failed.
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
        case ZIP_SOURCE_ERROR: {
            zip_error_t error;
            zip_error_init(&error);
            zip_error_set(&error, ZIP_ER_WRITE, 0);
            return zip_error_to_data(&error, data, length);
        }
        // Reading an archive that is still empty, beginning and giving up cost nothing.
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
