#include "input/zstd_source.hpp"

#include <zstd_errors.h>

#include <new>
#include <utility>

namespace snapq::input {

ZstdSource::ZstdSource(std::unique_ptr<io::Window> packed, io::ErrorContext origin, io::ExpansionGuard guard)
    : m_packed(std::move(packed)), m_origin(std::move(origin)), m_guard(guard), m_context(ZSTD_createDCtx()) {
    if (!m_context) throw std::bad_alloc();
    const std::size_t code = ZSTD_DCtx_setParameter(m_context.get(), ZSTD_d_windowLogMax, k_max_window_log);
    if (ZSTD_isError(code) != 0) fail(code);
}

std::size_t ZstdSource::read(std::span<char> into) {
    if (into.empty()) return 0;
    ZSTD_outBuffer output{into.data(), into.size(), 0};
    while (output.pos == 0) {
        const std::string_view packed = m_packed->peek(1);
        if (packed.empty() && m_frame_done) return 0;
        ZSTD_inBuffer input{packed.data(), packed.size(), 0};
        const std::size_t code = ZSTD_decompressStream(m_context.get(), &output, &input);
        if (ZSTD_isError(code) != 0) fail(code);
        m_packed->skip(input.pos);
        m_frame_done = code == 0;
        // Only now: libzstd may still hold output when the last input byte is gone.
        if (packed.empty() && output.pos == 0 && !m_frame_done) m_origin.fail_truncated(m_packed->offset());
    }
    m_guard.count(output.pos, *m_packed, m_origin);
    return output.pos;
}

void ZstdSource::fail(std::size_t code) const {
    switch (ZSTD_getErrorCode(code)) {
        case ZSTD_error_memory_allocation: throw std::bad_alloc();
        case ZSTD_error_frameParameter_windowTooLarge:
            m_origin.fail(m_packed->offset(),
                          "needs a window of more than 128 MiB; compress it again with at most --long=27");
        case ZSTD_error_dictionary_wrong:
            m_origin.fail(m_packed->offset(), "was compressed with a dictionary, which is not supported");
        case ZSTD_error_prefix_unknown:
            m_origin.fail(m_packed->offset(), "bytes that are no zstd data follow the end");
        default: m_origin.fail(m_packed->offset(), fmt::format("damaged data ({})", ZSTD_getErrorName(code)));
    }
}

}  // namespace snapq::input
