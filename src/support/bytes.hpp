// The interfaces of byte sources and destinations, for all code outside io, and a buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace snapq {

// A forward-only stream of bytes. One thread at a time. Implementations throw InputError for unreadable or
// damaged data. The offset of the error counts the bytes of the stream that the implementation itself reads.
class ByteSource {
public:
    ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;
    virtual ~ByteSource() = default;

    // Fills `into` with the available bytes, at least one. Returns their number; 0 means the end.
    virtual std::size_t read(std::span<char> into) = 0;

    // Bytes of the underlying file that have been consumed, for a progress bar. For a compressed file these
    // are compressed bytes.
    [[nodiscard]] virtual std::uint64_t consumed() const = 0;
};

// A forward-only destination. Throws SystemError when a write fails.
class ByteSink {
public:
    ByteSink() = default;
    ByteSink(const ByteSink&) = delete;
    ByteSink& operator=(const ByteSink&) = delete;
    virtual ~ByteSink() = default;

    virtual void write(std::string_view bytes) = 0;
};

// A buffer of bytes that are not set to zero, so that a small file touches little of a large buffer.
class RawBuffer {
public:
    // `size` in bytes.
    explicit RawBuffer(std::size_t size)
        : m_bytes(std::make_unique_for_overwrite<char[]>(size)), m_size(size) {}

    [[nodiscard]] char* data() { return m_bytes.get(); }
    [[nodiscard]] const char* data() const { return m_bytes.get(); }
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] char operator[](std::size_t at) const { return m_bytes[at]; }

    // Replaces the buffer by one of `size` bytes. It begins with the bytes [from, to) of the old one.
    void reallocate(std::size_t size, std::size_t from, std::size_t to) {
        RawBuffer other(size);
        if (to > from) std::memcpy(other.data(), data() + from, to - from);
        *this = std::move(other);
    }

private:
    std::unique_ptr<char[]> m_bytes;
    std::size_t m_size;
};

}  // namespace snapq
