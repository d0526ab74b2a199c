#include "archive/chunks/database_chunks.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "io/file_descriptor.hpp"
#include "support/error.hpp"

namespace snapq::archive {
namespace {

constexpr const char* k_name = "the temporary database";

std::uint64_t size_of(int fd) {
    struct stat status {};
    if (fstat(fd, &status) != 0) throw SystemError(std::string("cannot read ") + k_name, errno);
    return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

DatabaseChunks::DatabaseChunks(int fd) : m_fd(fd), m_size(size_of(fd)) {}

void DatabaseChunks::read(std::uint64_t number, std::string& into) const {
    const std::uint64_t offset = number * k_database_chunk;
    into.resize(std::min(k_database_chunk, m_size - offset));
    const std::size_t got = io::read_fully_at(m_fd, offset, into, k_name);
    if (got != into.size()) throw SystemError(fmt::format("{} has become shorter", k_name));
}

SerialDatabaseChunks::SerialDatabaseChunks(int fd, ChunkCompressor compressor)
    : m_chunks(fd), m_compressor(std::move(compressor)) {}

std::optional<zip::Chunk> SerialDatabaseChunks::next() {
    if (m_next == m_chunks.count()) return std::nullopt;
    m_chunks.read(m_next++, m_raw);
    return m_compressor.compress(m_raw);
}

}  // namespace snapq::archive
