#include "io/inflater.hpp"

#include <algorithm>
#include <limits>
#include <new>

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

std::size_t Inflater::read(Window& window, std::span<char> into, const ErrorContext& origin) {
    const auto room = static_cast<uInt>(std::min<std::size_t>(into.size(), std::numeric_limits<uInt>::max()));
    m_stream.next_out = reinterpret_cast<Bytef*>(into.data());
    m_stream.avail_out = room;
    while (!m_ended && m_stream.avail_out == room) {
        const std::string_view input = window.peek(1);
        // zlib promises not to change its input; the type only lacks the const.
        m_stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
        m_stream.avail_in = static_cast<uInt>(input.size());
        const int result = inflate(&m_stream, Z_NO_FLUSH);
        window.skip(input.size() - m_stream.avail_in);
        if (result == Z_STREAM_END) {
            m_ended = true;
        } else if (result == Z_BUF_ERROR && input.empty()) {
            // Only now: zlib may still hold output when the last input byte is gone.
            origin.fail_truncated(window.offset());
        } else if (result == Z_MEM_ERROR) {
            throw std::bad_alloc();
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            origin.fail(window.offset(),
                        fmt::format("damaged data ({})", m_stream.msg ? m_stream.msg : "unknown reason"));
        }
    }
    return room - m_stream.avail_out;
}

}  // namespace snapq::io
