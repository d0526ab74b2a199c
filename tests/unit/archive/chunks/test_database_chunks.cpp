#include "archive/chunks/database_chunks.hpp"

#include "support/archive_files.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::archive;
using namespace snapq::archive::tests;

namespace {

void fill(int fd, std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i / 1000 * 7);
    REQUIRE(pwrite(fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(size));
}

}  // namespace

TEST_CASE("a database is divided into chunks of whole pages, and the last one may be shorter") {
    static_assert(k_database_chunk % 16384 == 0);
    const UnnamedFile file;
    const std::size_t size = 2 * k_database_chunk + 16384;
    fill(file.fd(), size);
    const DatabaseChunks chunks(file.fd());
    CHECK(chunks.size() == size);
    REQUIRE(chunks.count() == 3);
    std::string all;
    std::string chunk;
    for (std::uint64_t number = 0; number < chunks.count(); ++number) {
        chunks.read(number, chunk);
        all += chunk;
    }
    CHECK(chunk.size() == 16384);
    CHECK(all == file.content());
    chunks.read(1, chunk);
    CHECK(chunk == all.substr(k_database_chunk, k_database_chunk));
}

TEST_CASE("the chunks of a database are compressed in order") {
    const UnnamedFile file;
    fill(file.fd(), 3 * k_database_chunk);
    SerialDatabaseChunks source(file.fd(), ChunkCompressor(zip::Compression::zstd));
    ChunkDecompressor decompressor(zip::Compression::zstd);
    std::string all;
    while (const auto chunk = source.next()) {
        std::string raw(chunk->raw_size, '?');
        decompressor.decompress(chunk->bytes, chunk->crc32, raw);
        all += raw;
    }
    CHECK(all == file.content());
}

TEST_CASE("an empty file has no chunks") {
    const UnnamedFile file;
    SerialDatabaseChunks source(file.fd(), ChunkCompressor(zip::Compression::deflate));
    CHECK_FALSE(source.next().has_value());
}

TEST_CASE("a database that becomes shorter while it is read is a system error") {
    const UnnamedFile file;
    fill(file.fd(), 2 * k_database_chunk);
    const DatabaseChunks chunks(file.fd());
    REQUIRE(ftruncate(file.fd(), 100) == 0);
    std::string chunk;
    CHECK_THROWS_AS(chunks.read(1, chunk), SystemError);
}
