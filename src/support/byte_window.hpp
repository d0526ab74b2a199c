// A bounds-checked window that slides over a ByteSource. The only place with pointer arithmetic on a stream's
// bytes.
//
// Every read names what it reads, so that a cut file fails as `byte 4112: BINUNICODE length: 3 of 4 bytes
// left`. Memory: one buffer of 256 KiB; what is read as a whole and longer than that grows it only as far as
// bytes really arrive.
// One thread.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "support/bytes.hpp"
#include "support/error.hpp"

namespace snapq {

class ByteWindow {
public:
    // `source` must outlive the window.
    explicit ByteWindow(ByteSource& source);

    // Offset in the stream of the next byte to be read.
    [[nodiscard]] std::uint64_t offset() const { return m_base + m_at; }

    [[nodiscard]] std::uint8_t u8(const char* what) {
        if (m_at == m_end) need(1, what);
        return static_cast<std::uint8_t>(m_buffer[m_at++]);
    }
    [[nodiscard]] std::uint16_t u16le(const char* what) { return fixed<std::uint16_t>(what); }
    [[nodiscard]] std::uint32_t u32le(const char* what) { return fixed<std::uint32_t>(what); }
    [[nodiscard]] std::uint64_t u64le(const char* what) { return fixed<std::uint64_t>(what); }

    // The next `count` bytes; the view is valid until the next call.
    [[nodiscard]] std::string_view bytes(std::uint64_t count, const char* what) {
        if (count > m_end - m_at) need(count, what);
        const std::string_view view(m_buffer.data() + m_at, static_cast<std::size_t>(count));
        m_at += static_cast<std::size_t>(count);
        return view;
    }
    // The first `kept` of the next `count` bytes, however many those are; all of them are consumed.
    [[nodiscard]] std::string beginning(std::uint64_t count, std::size_t kept, const char* what);
    // The bytes up to the next newline, which is consumed and not part of the view. At most `longest` bytes.
    [[nodiscard]] std::string_view line(std::size_t longest, const char* what);

    // What the window holds already, for loops over many small items; valid until the next call. `advance`
    // consumes the first `count` bytes of it, at most all.
    [[nodiscard]] std::string_view rest() const { return {m_buffer.data() + m_at, m_end - m_at}; }
    void advance(std::size_t count) { m_at += count; }

    // Passes over `count` bytes without keeping them.
    void skip(std::uint64_t count, const char* what);

private:
    template <typename Int>
    [[nodiscard]] Int fixed(const char* what) {
        static_assert(std::endian::native == std::endian::little, "operands are little-endian");
        if (sizeof(Int) > m_end - m_at) need(sizeof(Int), what);
        Int value = 0;
        std::memcpy(&value, m_buffer.data() + m_at, sizeof value);
        m_at += sizeof value;
        return value;
    }
    // Makes `count` bytes contiguous at m_at or throws.
    void need(std::uint64_t count, const char* what);
    // Appends what the source has to the buffer; false at the end.
    bool fill();

    ByteSource& m_source;
    std::vector<char> m_buffer;
    std::size_t m_at = 0;
    std::size_t m_end = 0;
    std::uint64_t m_base = 0;  // stream offset of m_buffer[0]
};

}  // namespace snapq
