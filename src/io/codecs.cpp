#include "io/codecs.hpp"

#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <stdexcept>

#include "support/error.hpp"

namespace snapq::io {
namespace {

constexpr int k_raw_window_bits = -MAX_WBITS;
constexpr int k_gzip_window_bits = MAX_WBITS + 16;

}  // namespace

Inflater::Inflater(Format format) {
    const int bits = format == Format::gzip ? k_gzip_window_bits : k_raw_window_bits;
    if (inflateInit2(&m_stream, bits) != Z_OK) throw std::bad_alloc();
}

Inflater::~Inflater() {
    inflateEnd(&m_stream);
}

void Inflater::restart() {
    inflateReset(&m_stream);
    m_ended = false;
}

std::size_t Inflater::read(Window& window, std::span<char> into, const ErrorContext& context) {
    const auto room = static_cast<uInt>(std::min<std::size_t>(into.size(), std::numeric_limits<uInt>::max()));
    m_stream.next_out = reinterpret_cast<Bytef*>(into.data());
    m_stream.avail_out = room;
    while (!m_ended && m_stream.avail_out == room) {
        const std::string_view input = window.peek(1);
        // zlib does not change its input; only the const is missing in its type.
        m_stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
        m_stream.avail_in = static_cast<uInt>(input.size());
        const int result = inflate(&m_stream, Z_NO_FLUSH);
        window.skip(input.size() - m_stream.avail_in);
        if (result == Z_STREAM_END) {
            m_ended = true;
        } else if (result == Z_BUF_ERROR && input.empty()) {
            // The check comes after the call, because zlib may still hold output when the last input byte has
            // been read.
            context.fail_truncated(window.offset());
        } else if (result == Z_MEM_ERROR) {
            throw std::bad_alloc();
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            context.fail(window.offset(),
                         fmt::format("damaged data ({})", m_stream.msg ? m_stream.msg : "unknown reason"));
        }
    }
    return room - m_stream.avail_out;
}

ZstdDecoder::ZstdDecoder(int max_window_log)
    : m_max_window_log(max_window_log), m_decoder(ZSTD_createDCtx()) {
    if (!m_decoder) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(m_decoder.get(), ZSTD_d_windowLogMax, max_window_log);
}

std::size_t ZstdDecoder::read(Window& window, std::span<char> into, const ErrorContext& context) {
    ZSTD_outBuffer output{into.data(), into.size(), 0};
    while (output.pos == 0) {
        const std::string_view packed = window.peek(1);
        if (packed.empty() && m_frame_ended) return 0;
        ZSTD_inBuffer input{packed.data(), packed.size(), 0};
        const std::size_t code = ZSTD_decompressStream(m_decoder.get(), &output, &input);
        if (ZSTD_isError(code) != 0) fail(code, window, context);
        window.skip(input.pos);
        m_frame_ended = code == 0;
        // The check comes after the call, because libzstd may still hold output when the last input byte has
        // been read.
        if (packed.empty() && output.pos == 0 && !m_frame_ended) context.fail_truncated(window.offset());
    }
    return output.pos;
}

void ZstdDecoder::fail(std::size_t code, const Window& window, const ErrorContext& context) const {
    const std::uint64_t offset = window.offset();
    switch (ZSTD_getErrorCode(code)) {
        case ZSTD_error_memory_allocation: throw std::bad_alloc();
        case ZSTD_error_frameParameter_windowTooLarge:
            context.fail(offset, fmt::format("needs a window of more than {} MiB; compress it again with at "
                                             "most --long={}",
                                             1U << (m_max_window_log - 20), m_max_window_log));
        case ZSTD_error_dictionary_wrong:
            context.fail(offset, "was compressed with a dictionary, which is not supported");
        case ZSTD_error_prefix_unknown: context.fail(offset, "bytes that are not zstd data follow the end");
        default: context.fail(offset, fmt::format("damaged data ({})", ZSTD_getErrorName(code)));
    }
}

namespace {

constexpr int k_memory_level = 8;  // zlib's default

}  // namespace

RawDeflater::RawDeflater(std::string& to) : m_to(to) {
    // A negative number of window bits asks for a stream without header and checksum.
    if (deflateInit2(&m_stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, k_memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        throw SystemError("there is not enough memory to compress");
    }
}

RawDeflater::~RawDeflater() {
    deflateEnd(&m_stream);
}

void RawDeflater::write(std::string_view bytes) {
    m_raw_bytes += bytes.size();
    while (!bytes.empty()) {
        const std::size_t part = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
        run(bytes.substr(0, part), Z_NO_FLUSH);
        bytes.remove_prefix(part);
    }
}

void RawDeflater::flush() {
    run({}, Z_SYNC_FLUSH);
}

void RawDeflater::finish() {
    run({}, Z_FINISH);
}

void RawDeflater::run(std::string_view bytes, int flush) {
    std::array<char, 16384> out;
    m_stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    m_stream.avail_in = static_cast<uInt>(bytes.size());
    do {
        m_stream.next_out = reinterpret_cast<Bytef*>(out.data());
        m_stream.avail_out = static_cast<uInt>(out.size());
        deflate(&m_stream, flush);
        m_to.append(out.data(), out.size() - m_stream.avail_out);
    } while (m_stream.avail_out == 0);
}

std::string unpack_zstd(std::string_view frame) {
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> decoder(ZSTD_createDCtx(), ZSTD_freeDCtx);
    if (!decoder) throw std::bad_alloc();
    std::string unpacked;
    ZSTD_inBuffer input{frame.data(), frame.size(), 0};
    for (std::size_t code = 1; code != 0;) {
        const std::size_t filled = unpacked.size();
        unpacked.resize(filled + ZSTD_DStreamOutSize());
        ZSTD_outBuffer output{unpacked.data() + filled, ZSTD_DStreamOutSize(), 0};
        code = ZSTD_decompressStream(decoder.get(), &output, &input);
        unpacked.resize(filled + output.pos);
        const bool is_stuck = code != 0 && output.pos == 0 && input.pos == input.size;
        if (ZSTD_isError(code) != 0 || is_stuck) throw std::logic_error("a part of the program is damaged");
    }
    return unpacked;
}

}  // namespace snapq::io
