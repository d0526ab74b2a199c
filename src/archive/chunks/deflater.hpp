// Compresses chunks with ISA-L to raw deflate that ends with a full flush, so that each chunk can be
// decompressed alone and several chunks can be joined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct isal_zstream;

namespace snapq::archive {

// One thread at a time. Equal bytes and levels give equal output in every object.
class Deflater {
public:
    // `level` is ISA-L's, 0 to 3.
    explicit Deflater(int level);
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    ~Deflater();

    // Writes to `into`, which has at least bound(raw.size()) bytes, and returns the number of bytes written.
    // Bytes that cannot be compressed become stored blocks. Throws SystemError when ISA-L reports an error.
    std::size_t compress(std::span<const char> raw, std::span<char> into);

    // A stored block takes 5 more bytes for each 65,535; the flush and what ISA-L adds are below 1 KiB.
    static std::size_t bound(std::size_t raw_size) { return raw_size + raw_size / 4096 + 1024; }

private:
    isal_zstream& stream_for(std::span<const char> raw);
    void clear_once(isal_zstream& stream);

    std::uint32_t m_level;
    // Half a megabyte, which many compressors of short archives never use. ISA-L reads parts of them that it
    // does not set, so both are cleared, but not before the first use.
    std::vector<std::uint8_t> m_level_buffer;
    std::unique_ptr<isal_zstream[]> m_streams;
    std::vector<bool> m_is_cleared;  // each of the streams
};

}  // namespace snapq::archive
