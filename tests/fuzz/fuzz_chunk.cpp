// One chunk: damaged ones never write beyond their room, and whatever was packed comes back.
// The first byte of the input chooses the method, the next two the room.
#include <vector>

#include "archive/chunk_codec.hpp"
#include "fuzz/target.hpp"

using namespace snapq;
using namespace snapq::archive;

namespace {

void unpack_anything(zip::Compression method, const std::string& packed, std::size_t room) {
    std::vector<char> raw(room);
    snapq::fuzz::accepts([&] { ChunkDecompressor(method).decompress(packed, 0, raw); });
    // A second time with the checksum that these bytes have, so that what lies behind its check is reached.
    const std::uint32_t crc = crc32_of(raw);
    snapq::fuzz::accepts([&] { ChunkDecompressor(method).decompress(packed, crc, raw); });
}

void pack_and_unpack(zip::Compression method, const std::string& text) {
    const zip::Chunk chunk = ChunkCompressor(method).compress(text);
    std::string back(chunk.raw_size, '\0');
    ChunkDecompressor(method).decompress(chunk.bytes, chunk.crc32, back);
    snapq::fuzz::require(back == text, "a chunk comes back as it was");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 4) return 0;
    constexpr zip::Compression k_methods[]{zip::Compression::store, zip::Compression::deflate,
                                           zip::Compression::zstd};
    const zip::Compression method = k_methods[data[0] % 3];
    const std::size_t room = data[1] + 256U * data[2];
    const std::string bytes = snapq::fuzz::text_of(data + 3, size - 3);
    unpack_anything(method, bytes, room);
    pack_and_unpack(method, bytes);
    return 0;
}
