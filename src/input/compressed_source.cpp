#include "input/compressed_source.hpp"

#include <algorithm>
#include <utility>

namespace snapq::input {

GzipSource::GzipSource(std::unique_ptr<io::Window> packed, io::ErrorContext context, io::ExpansionGuard guard)
    : m_packed(std::move(packed)), m_context(std::move(context)), m_guard(guard) {}

std::size_t GzipSource::read(std::span<char> into) {
    if (into.empty()) return 0;
    while (!m_done) {
        const std::size_t count = m_inflater.read(*m_packed, into, m_context);
        if (count > 0) {
            m_guard.count(count, *m_packed, m_context);
            return count;
        }
        m_done = !next_member();
    }
    return 0;
}

bool GzipSource::next_member() {
    const std::string_view head = m_packed->peek(2);
    if (head.starts_with("\x1f\x8b")) {
        m_inflater.restart();
        return true;
    }
    if (!skip_nul_padding())
        m_context.fail(m_packed->offset(), "bytes that are not gzip data follow the end");
    return false;
}

bool GzipSource::skip_nul_padding() {
    while (true) {
        const std::string_view text = m_packed->peek(1);
        const std::size_t zeros = std::min(text.find_first_not_of('\0'), text.size());
        m_packed->skip(zeros);
        if (text.empty()) return true;
        if (zeros < text.size()) return false;
    }
}

ZstdSource::ZstdSource(std::unique_ptr<io::Window> packed, io::ErrorContext context, io::ExpansionGuard guard)
    : m_packed(std::move(packed)), m_context(std::move(context)), m_guard(guard) {}

std::size_t ZstdSource::read(std::span<char> into) {
    if (into.empty()) return 0;
    const std::size_t count = m_decoder.read(*m_packed, into, m_context);
    m_guard.count(count, *m_packed, m_context);
    return count;
}

}  // namespace snapq::input
