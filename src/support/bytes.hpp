// Where bytes come from and go to, as seen by everything that is not io.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace snapq {

// A forward-only stream of bytes. One thread at a time. Implementations throw InputError on unreadable or
// damaged data, with the offset in the stream they themselves read.
class ByteSource {
public:
    ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;
    virtual ~ByteSource() = default;

    // Fills as much of `into` as is at hand, at least one byte; 0 means the end.
    virtual std::size_t read(std::span<char> into) = 0;

    // Bytes consumed so far of the file underneath, for a progress bar (compressed bytes of a compressed
    // file).
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
