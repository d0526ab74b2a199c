// A buffer over a stream that allows looking ahead.
//
// Sniffing peeks at the bytes, and a container takes them in pieces. When the buffer is empty, large reads go
// directly into the caller's memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "support/bytes.hpp"

namespace snapq::io {

class Window final : public ByteSource {
public:
    // In bytes. Large enough that system calls are rare, small enough to stay in the second-level cache. The
    // buffer of a short stream is smaller.
    static constexpr std::size_t k_capacity = std::size_t{256} << 10;

    // `first_offset` is where `from` begins in the file, for error messages.
    explicit Window(std::unique_ptr<ByteSource> from, std::uint64_t first_offset = 0)
        : m_from(std::move(from)), m_fetched(first_offset) {}

    std::size_t read(std::span<char> into) override;
    [[nodiscard]] std::uint64_t consumed() const override { return m_from->consumed(); }

    // All buffered bytes, at least `count` (≤ k_capacity) of them unless the stream ends before. Valid until
    // the next call of any other member function.
    std::string_view peek(std::size_t count);

    // Drops bytes that a peek has returned.
    void skip(std::size_t count) { m_begin += count; }

    // Offset of the next byte in the stream.
    [[nodiscard]] std::uint64_t offset() const { return m_fetched - (m_end - m_begin); }

private:
    // Makes room for `count` buffered bytes.
    void make_room(std::size_t count);
    // Reads once and appends to the buffer. Returns false at the end of the stream.
    bool fetch();

    std::unique_ptr<ByteSource> m_from;
    RawBuffer m_buffer{0};
    std::size_t m_begin = 0;
    std::size_t m_end = 0;
    std::uint64_t m_buffered = 0;  // bytes that came through the buffer so far
    std::uint64_t m_fetched;       // offset of the next byte of m_from
};

}  // namespace snapq::io
