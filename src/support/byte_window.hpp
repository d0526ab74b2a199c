// A bounds-checked window that slides over a ByteSource. Pointer arithmetic on the bytes of a stream happens
// only here.
//
// Every read has a name, so that a truncated file fails with `truncated: the file ends at byte 4115, inside
// the pickle (BINUNICODE length)`. The window has one buffer of 16 KiB, and of 256 KiB for longer streams. It
// grows further only for a longer item that is read as a whole, and only as bytes really arrive. One thread.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "support/bytes.hpp"
#include "support/error.hpp"

namespace snapq {

class ByteWindow {
public:
    // `source` must outlive the window.
    explicit ByteWindow(ByteSource& source);

    // Offset of the next byte in the stream.
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
    // Consumes `count` bytes and returns the first `kept` of them, or all of them when `count` is smaller.
    [[nodiscard]] std::string beginning(std::uint64_t count, std::size_t kept, const char* what);
    // The bytes up to the next newline. The newline is consumed, but it is not part of the view. Throws when
    // the window holds more than `longest` bytes and still no newline; a longer line that the window already
    // holds is returned, so `longest` only limits the memory.
    [[nodiscard]] std::string_view line(std::size_t longest, const char* what);

    // The bytes that the window already holds, for loops over many small items. Valid until the next call.
    // `advance` consumes the first `count` of them.
    [[nodiscard]] std::string_view rest() const { return {m_buffer.data() + m_at, m_end - m_at}; }
    void advance(std::size_t count) { m_at += count; }

    // All bytes that the window holds, at least `count` of them unless the stream ends before. Used to look
    // at what follows a value. Valid until the next call.
    [[nodiscard]] std::string_view peek(std::size_t count) {
        while (m_end - m_at < count && fill()) {
        }
        return rest();
    }

    // Skips `count` bytes without keeping them.
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
    // Appends bytes from the source to the buffer. Returns false at the end.
    bool fill();
    // `wanted`: the size of what was being read, 0 where it is not known.
    [[noreturn]] void fail_truncated(const char* what, std::uint64_t wanted = 0) const;

    ByteSource* m_source;
    RawBuffer m_buffer;
    std::size_t m_at = 0;
    std::size_t m_end = 0;
    std::uint64_t m_base = 0;  // stream offset of m_buffer[0]
};

}  // namespace snapq
