// One deflate stream after the other, unpacked by zlib from a window into the caller's buffer.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <span>

#include "io/error_context.hpp"
#include "io/window.hpp"

namespace snapq::io {

class Inflater {
public:
    enum class Format { gzip, raw };

    explicit Inflater(Format format);
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater();

    // At least one byte, or 0 behind the end of the stream; then `window` stands on the first byte after it.
    // Throws InputError on damaged or truncated data.
    std::size_t read(Window& window, std::span<char> into, const ErrorContext& origin);

    // Makes ready for the next stream.
    void restart();

private:
    z_stream m_stream{};
    bool m_ended = false;
};

}  // namespace snapq::io
