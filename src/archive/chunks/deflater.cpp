#include "archive/chunks/deflater.hpp"

#include <fmt/format.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "support/error.hpp"

namespace snapq::archive {
namespace {

// Works around a defect of ISA-L 2.30 (levels 1 and 2, assembler for x86-64). For position 2 of a chunk, it
// hashes bits 16 to 47 of the address of the stream object instead of the bytes, and stores position 2 under
// this hash. When this hash equals that of the bytes at position 0, 1 or 2, a later match changes, and the
// output depends on the address of the stream; this happened in one of about 800 conversions. Therefore a
// Deflater has several streams and uses one whose address does not collide. The chance that all of them
// collide is below 10^-12 for a chunk of 4096 bytes or more, and below 10^-4 for one of 32 bytes.
constexpr std::size_t k_streams = 4;
constexpr unsigned k_address_bits_unused = 16;
static_assert(sizeof(isal_zstream) > std::size_t{1} << k_address_bits_unused,
              "two streams could have equal hashes");

// CRC-32C of four bytes, the hash of ISA-L. Its table is indexed by the low bits.
std::uint32_t hash_of(const void* four_bytes) {
    constexpr int k_hashed = 4;
    return crc32_iscsi(static_cast<unsigned char*>(const_cast<void*>(four_bytes)), k_hashed, 0);
}

std::uint32_t hash_of_address(const isal_zstream& stream) {
    const auto hashed =
        static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(&stream) >> k_address_bits_unused);
    return hash_of(&hashed);
}

// The table has at least 8192 entries, fewer for short chunks.
std::uint32_t hash_mask(std::size_t raw_size) {
    constexpr std::size_t k_smallest_table = 8192;
    return static_cast<std::uint32_t>(std::bit_floor(std::min(raw_size, k_smallest_table)) - 1);
}

std::size_t level_buffer_size(int level) {
    constexpr std::array<std::size_t, 4> k_sizes{ISAL_DEF_LVL0_DEFAULT, ISAL_DEF_LVL1_DEFAULT,
                                                 ISAL_DEF_LVL2_DEFAULT, ISAL_DEF_LVL3_DEFAULT};
    return k_sizes.at(static_cast<std::size_t>(level));
}

// The C interface takes unsigned bytes, and pointers to input that are not const.
unsigned char* unsigned_bytes(const char* data) {
    return reinterpret_cast<unsigned char*>(const_cast<char*>(data));
}

}  // namespace

Deflater::Deflater(int level)
    : m_level(static_cast<std::uint32_t>(level)),
      m_streams(std::make_unique_for_overwrite<isal_zstream[]>(k_streams)),
      m_is_cleared(k_streams) {}

Deflater::~Deflater() = default;

isal_zstream& Deflater::stream_for(std::span<const char> raw) {
    constexpr std::size_t k_hashed = 6;  // bytes of the three hashes at positions 0, 1 and 2
    const std::span<isal_zstream> streams(m_streams.get(), k_streams);
    if (raw.size() < k_hashed) return streams.front();
    const std::uint32_t mask = hash_mask(raw.size());
    const std::array hashes{hash_of(raw.data()), hash_of(raw.data() + 1), hash_of(raw.data() + 2)};
    const auto does_not_collide = [&](const isal_zstream& stream) {
        const std::uint32_t stored = hash_of_address(stream);
        return std::ranges::none_of(hashes,
                                    [&](std::uint32_t hash) { return ((stored ^ hash) & mask) == 0; });
    };
    const auto found = std::ranges::find_if(streams, does_not_collide);
    return found == streams.end() ? streams.front() : *found;
}

void Deflater::clear_once(isal_zstream& stream) {
    if (m_level_buffer.empty()) m_level_buffer.resize(level_buffer_size(static_cast<int>(m_level)));
    const auto index = static_cast<std::size_t>(&stream - m_streams.get());
    if (m_is_cleared[index]) return;
    std::memset(&stream, 0, sizeof stream);
    m_is_cleared[index] = true;
}

std::size_t Deflater::compress(std::span<const char> raw, std::span<char> into) {
    isal_zstream& stream = stream_for(raw);
    clear_once(stream);
    isal_deflate_stateless_init(&stream);
    stream.level = m_level;
    stream.level_buf = m_level_buffer.data();
    stream.level_buf_size = static_cast<std::uint32_t>(m_level_buffer.size());
    stream.flush = FULL_FLUSH;
    stream.end_of_stream = 0;
    stream.next_in = unsigned_bytes(raw.data());
    stream.avail_in = static_cast<std::uint32_t>(raw.size());
    stream.next_out = unsigned_bytes(into.data());
    stream.avail_out = static_cast<std::uint32_t>(into.size());
    if (const int failure = isal_deflate_stateless(&stream); failure != COMP_OK) {
        throw SystemError(fmt::format("deflate of {} bytes failed with code {}", raw.size(), failure));
    }
    return stream.total_out;
}

}  // namespace snapq::archive
