// Compresses chunks with ISA-L: raw deflate that ends in a full flush, so that chunks stand alone and may be
// joined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct isal_zstream;

namespace snapq::archive {

// One thread at a time. The same bytes and level give the same output in every object.
class Deflater {
public:
    // `level` is ISA-L's, 0 to 3.
    explicit Deflater(int level);
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    ~Deflater();

    // The size of what it wrote into `into`, which holds bound(raw.size()) bytes at least. What does not
    // shrink is put into stored blocks. Throws SystemError when the library refuses, which it has no reason
    // to.
    std::size_t compress(std::span<const char> raw, std::span<char> into);

    // Stored blocks take 5 bytes for each 65 535; the flush and the library's slack are below 1 KiB.
    static std::size_t bound(std::size_t raw_size) { return raw_size + raw_size / 4096 + 1024; }

private:
    isal_zstream& stream_for(std::span<const char> raw);

    std::uint32_t m_level;
    std::vector<std::uint8_t> m_level_buffer;
    std::vector<isal_zstream> m_streams;
};

}  // namespace snapq::archive
