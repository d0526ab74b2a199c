// Limits of the decoder. Each grows with the input or is far above what any pickler writes: ordinary files of
// any size are read, and a hostile file cannot use more memory than a small multiple of its own size.
#pragma once

#include <cstddef>
#include <cstdint>

#include "support/error.hpp"

namespace snapq::pickle {

// The most bytes of one text that the handler gets. From a longer text it gets one byte more, which shows
// that the text was longer. Recorders write some KB at most; readers of archives accept 16 MiB in one value.
inline constexpr std::size_t k_longest_text = std::size_t{1} << 20;

// Containers that are open at once: the depth of nesting, and up to 1000 empty ones in each level's group.
inline constexpr std::size_t k_open_containers = 100'000;

// MARKs that are open at once: the depth of nesting, which is 8 in a snapshot.
inline constexpr std::size_t k_open_marks = 100'000;

// Unused memo indexes in a row. Picklers leave none; an optimised pickle has some.
inline constexpr std::uint64_t k_memo_gap = std::uint64_t{1} << 20;

// The largest number of memo entries. The shortest object that CPython memoizes is an empty list: two bytes
// with the opcode that stores it.
[[nodiscard]] constexpr std::uint64_t memo_limit(std::uint64_t bytes_read) {
    return (std::uint64_t{1} << 20) + bytes_read / 2;
}

// The same for numbers, bytes and globals in the memo. No pickler of a snapshot stores them there.
[[nodiscard]] constexpr std::uint64_t wide_memo_limit(std::uint64_t bytes_read) {
    return (std::uint64_t{1} << 16) + bytes_read / 8;
}

// The longest lines in bytes. In protocol 0, a number, a global or a text is a line. A character of a text
// can take six bytes of the line.
inline constexpr std::size_t k_number_line = 4096;
inline constexpr std::size_t k_global_line = 4096;
inline constexpr std::size_t k_text_line = std::size_t{1} << 24;

// Bytes of the name of a numpy dtype ("f8", "<i4"), and the number of dtypes. A pickler writes each dtype
// once and fetches it from the memo afterwards.
inline constexpr std::size_t k_dtype_name = 64;
inline constexpr std::size_t k_most_dtypes = 65'536;

// The largest integer of LONG1 and LONG4, in bytes. An unsigned 64-bit number takes 9 bytes; an integer
// beyond 64 bits becomes a rounded real.
inline constexpr std::uint64_t k_long_bytes = 16;

// The largest number of values on the stack, and of values that open containers hold. CPython puts at most
// 1000 items above a MARK. The C++ pickler puts all of a list there, and each item takes at least 16 bytes of
// the file. The same holds for open containers: blocks, segments and annotations take more bytes, and one
// stack has few frames.
[[nodiscard]] constexpr std::uint64_t stack_limit(std::uint64_t bytes_read) {
    return (std::uint64_t{1} << 20) + bytes_read / 16;
}

// Counts the values that all open containers hold.
class HeldValues {
public:
    // Throws InputError at `offset`, the number of bytes read, when there are more than stack_limit.
    void add(std::size_t count, std::uint64_t offset) {
        m_count += count;
        if (m_count > stack_limit(offset)) {
            throw_input(offset,
                        "open containers hold {} values, more than any pickler writes in so few bytes",
                        m_count);
        }
    }
    void remove(std::size_t count) { m_count -= count; }

private:
    std::uint64_t m_count = 0;
};

}  // namespace snapq::pickle
