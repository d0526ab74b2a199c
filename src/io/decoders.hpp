// Deflate and zstd streams, unpacked from a window into the caller's buffer.
#pragma once

#include <zlib.h>
#include <zstd.h>

#include <cstddef>
#include <memory>
#include <span>

#include "io/error_context.hpp"
#include "io/window.hpp"

namespace snapq::io {

// Reads one deflate stream after another. One thread.
class Inflater {
public:
    enum class Format { gzip, raw };

    explicit Inflater(Format format);
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater();

    // Returns at least one byte, or 0 at the end of the stream; the next byte of `window` is then the first
    // one after the stream. Throws InputError for damaged or truncated data.
    std::size_t read(Window& window, std::span<char> into, const ErrorContext& context);

    // Prepares for the next stream.
    void restart();

private:
    z_stream m_stream{};
    bool m_ended = false;
};

// Reads zstd frames, including skippable ones, up to the end of the window. libzstd checks the checksum of
// each frame. One thread.
class ZstdDecoder {
public:
    // A frame may ask for a window of up to 2^max_window_log bytes, which limits the memory that a file can
    // demand.
    explicit ZstdDecoder(int max_window_log);

    // Returns at least one byte, or 0 at the end of the last frame. Throws InputError for damaged or
    // truncated data and for frames that need a larger window or a dictionary.
    std::size_t read(Window& window, std::span<char> into, const ErrorContext& context);

private:
    struct Free {
        void operator()(ZSTD_DCtx* decoder) const { ZSTD_freeDCtx(decoder); }
    };
    [[noreturn]] void fail(std::size_t code, const Window& window, const ErrorContext& context) const;

    int m_max_window_log;
    std::unique_ptr<ZSTD_DCtx, Free> m_decoder;
    bool m_frame_ended = true;
};

}  // namespace snapq::io
