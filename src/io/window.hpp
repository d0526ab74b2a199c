// A stream of untrusted bytes, as a container reads it: the place that errors name, a buffer that allows
// looking ahead, and the limit for what is unpacked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "support/bytes.hpp"
#include "support/error.hpp"

namespace snapq::io {

// The file and the container that bytes come from, for error messages.
struct ErrorContext {
    std::string file;  // as the user named it; "stdin" for standard input
    // "gzip", or "gzip inside zstd", when the offset counts unpacked bytes. Empty when the offset counts the
    // bytes of the file itself.
    std::string container = {};

    // Throws InputError. `offset` is in bytes.
    [[noreturn]] void fail(std::uint64_t offset, const std::string& message) const {
        throw InputError(file, container.empty() ? message : container + ": " + message, offset);
    }
    [[noreturn]] void fail_truncated(std::uint64_t offset) const {
        fail(offset, "truncated: the data ends here, before its end mark");
    }
};

// A buffer over a stream that allows looking ahead.
//
// Sniffing peeks at the bytes, and a container takes them in pieces. When the buffer is empty, large reads go
// directly into the caller's memory.
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

// Refuses decompression bombs: input that unpacks to far more than a real snapshot could.
//
// The limit grows with the number of bytes read from the file, so it holds for any chain of containers and
// any file size. The deflate format cannot exceed 1032:1; zstd can exceed 30000:1; snapshots stay below
// 100:1.
class ExpansionGuard {
public:
    // This many bytes are always allowed: small files of long repetitions are harmless and common in tests.
    static constexpr std::uint64_t k_grace_bytes = std::uint64_t{64} << 20;

    explicit ExpansionGuard(std::uint64_t max_ratio) : m_max_ratio(max_ratio) {}

    // Counts the bytes that were unpacked from `window`. Throws InputError when they exceed the limit.
    void count(std::size_t bytes, const Window& window, const ErrorContext& origin) {
        m_produced += bytes;
        if (m_produced <= k_grace_bytes) return;
        if ((m_produced - k_grace_bytes) / m_max_ratio <= window.consumed()) return;
        InputError error(origin.file,
                         fmt::format("{}: unpacks to more than {} times its size, which no snapshot does",
                                     origin.container, m_max_ratio),
                         window.offset());
        error.with_hint("if it is right, unpack it first: zstd -dc FILE | snapq convert - -o OUT");
        throw error;
    }

private:
    std::uint64_t m_max_ratio;
    std::uint64_t m_produced = 0;
};

}  // namespace snapq::io
