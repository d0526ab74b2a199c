#include "zip/writer.hpp"

#include <zip.h>

#include "support/error.hpp"
#include "zip/writer_sources.hpp"

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

}  // namespace snapq::zip
