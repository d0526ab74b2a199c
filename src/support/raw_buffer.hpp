// A buffer of bytes that are not set to zero, so that a small file touches little of a large buffer.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

namespace snapq {

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
