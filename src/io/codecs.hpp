// Deflate and zstd streams, unpacked from a window into the caller's buffer, and deflate streams that are
// written.
#pragma once

#include <zlib.h>
#include <zstd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "io/window.hpp"
#include "support/bytes.hpp"

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

// Compresses everything that is written to one raw deflate stream (RFC 1951), which it appends to a string.
// Takes 256 KiB of memory. Equal bytes give an equal stream, however they are divided into writes. One
// thread.
class RawDeflater final : public ByteSink {
public:
    // `to` must outlive the object. Throws SystemError when there is no memory.
    explicit RawDeflater(std::string& to);
    ~RawDeflater() override;

    void write(std::string_view bytes) override;
    // Compresses and appends everything written so far, so that the length of the string is known. Costs 5
    // bytes and some compression.
    void flush();
    // Ends the stream. Nothing may be written afterwards.
    void finish();

    // Bytes written so far, before compression.
    [[nodiscard]] std::uint64_t raw_bytes() const { return m_raw_bytes; }

private:
    void run(std::string_view bytes, int flush);

    std::string& m_to;
    z_stream m_stream{};
    std::uint64_t m_raw_bytes = 0;
};

// Unpacks one frame of zstd that lies in memory and comes from the program itself: it has any size, and a
// damaged one is an error of the program.
[[nodiscard]] std::string unpack_zstd(std::string_view frame);

}  // namespace snapq::io
