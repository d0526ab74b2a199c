#include "json/window.hpp"

#include <cstring>

namespace snapq::json {
namespace {

constexpr std::size_t k_window = std::size_t{1} << 20;
constexpr std::size_t k_read_ahead = 64;  // simdjson loads whole vectors, the last of them beyond the end

}  // namespace

JsonWindow::JsonWindow(ByteSource& source) : m_source(source), m_buffer(k_window + k_read_ahead) {}

bool JsonWindow::read_more() {
    // Moving only when the buffer is used up: pieces are small, so each byte moves rarely.
    if (m_end + k_read_ahead == m_buffer.size()) {
        if (m_at == 0) m_buffer.resize(m_buffer.size() * 2);
        std::memmove(m_buffer.data(), m_buffer.data() + m_at, m_end - m_at);
        m_base += m_at;
        m_end -= m_at;
        m_at = 0;
    }
    const std::size_t got = m_source.read({m_buffer.data() + m_end, m_buffer.size() - k_read_ahead - m_end});
    m_end += got;
    return got > 0;
}

}  // namespace snapq::json
