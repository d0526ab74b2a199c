// Decompresses any bytes as a chunk, which must not write outside of the buffer, and compresses and
// decompresses them. The first byte of the input chooses the method, the next two the size of the buffer.
#include <vector>

#include "archive/chunks/chunk_codec.hpp"
#include "fuzz/target.hpp"

using namespace snapq;
using namespace snapq::archive;

namespace {

void unpack_anything(zip::Compression method, const std::string& packed, std::size_t raw_size) {
    std::vector<char> raw(raw_size);
    snapq::fuzz::accepts([&] { ChunkDecompressor(method).decompress(packed, 0, raw); });
    // Repeated with the right checksum, to reach the code after the check.
    const std::uint32_t crc = crc32_of(raw);
    snapq::fuzz::accepts([&] { ChunkDecompressor(method).decompress(packed, crc, raw); });
}

void pack_and_unpack(zip::Compression method, const std::string& text) {
    const zip::Chunk chunk = ChunkCompressor(method).compress(text);
    std::string back(chunk.raw_size, '\0');
    ChunkDecompressor(method).decompress(chunk.bytes, chunk.crc32, back);
    snapq::fuzz::require(back == text, "a chunk decompresses to its raw bytes");
}

}  // namespace

SNAPQ_FUZZ_TARGET(chunk, data, size) {
    if (size < 4) return 0;
    constexpr zip::Compression k_methods[]{zip::Compression::store, zip::Compression::deflate,
                                           zip::Compression::zstd};
    const zip::Compression method = k_methods[data[0] % 3];
    const std::size_t raw_size = data[1] + 256U * data[2];
    const std::string bytes = snapq::fuzz::text_of(data + 3, size - 3);
    unpack_anything(method, bytes, raw_size);
    pack_and_unpack(method, bytes);
    return 0;
}
