#include "io/window.hpp"

#include <algorithm>
#include <cstring>

namespace snapq::io {

std::size_t Window::read(std::span<char> into) {
    if (m_begin == m_end) {
        // Reading small pieces through the buffer saves a system call for each of them.
        const bool is_large = into.size() >= k_capacity / 4;
        if (is_large) {
            const std::size_t count = m_from->read(into);
            m_fetched += count;
            return count;
        }
        if (peek(1).empty()) return 0;
    }
    const std::size_t count = std::min(into.size(), m_end - m_begin);
    if (count > 0) std::memcpy(into.data(), m_buffer.get() + m_begin, count);
    m_begin += count;
    return count;
}

std::string_view Window::peek(std::size_t count) {
    if (!m_buffer) m_buffer = std::make_unique_for_overwrite<char[]>(k_capacity);
    if (m_begin == m_end) m_begin = m_end = 0;
    if (m_begin + count > k_capacity) {
        std::memmove(m_buffer.get(), m_buffer.get() + m_begin, m_end - m_begin);
        m_end -= m_begin;
        m_begin = 0;
    }
    while (m_end - m_begin < count && fetch()) {
    }
    return {m_buffer.get() + m_begin, m_end - m_begin};
}

bool Window::fetch() {
    const std::size_t count = m_from->read({m_buffer.get() + m_end, k_capacity - m_end});
    m_end += count;
    m_fetched += count;
    return count > 0;
}

}  // namespace snapq::io
