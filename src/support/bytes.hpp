// The interfaces of byte sources and destinations, for all code outside io.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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

}  // namespace snapq
