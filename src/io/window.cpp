#include "io/window.hpp"

#include <algorithm>
#include <cstring>

namespace snapq::io {
namespace {

constexpr std::size_t k_first_capacity = std::size_t{16} << 10;
static_assert(Window::k_capacity % k_first_capacity == 0);

}  // namespace

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
    if (count > 0) std::memcpy(into.data(), m_buffer.data() + m_begin, count);
    m_begin += count;
    return count;
}

std::string_view Window::peek(std::size_t count) {
    if (m_begin == m_end) m_begin = m_end = 0;
    make_room(count);
    while (m_end - m_begin < count && fetch()) {
    }
    return {m_buffer.data() + m_begin, m_end - m_begin};
}

void Window::make_room(std::size_t count) {
    // A stream that has filled its buffer once gets a larger one.
    std::size_t size = std::max(m_buffer.size(), k_first_capacity);
    while (size < k_capacity && (size < count || m_buffered >= size)) size *= 4;
    if (size > m_buffer.size()) {
        m_buffer.reallocate(size, m_begin, m_end);
    } else if (m_begin + count > m_buffer.size()) {
        std::memmove(m_buffer.data(), m_buffer.data() + m_begin, m_end - m_begin);
    } else {
        return;
    }
    m_end -= m_begin;
    m_begin = 0;
}

bool Window::fetch() {
    const std::size_t count = m_from->read({m_buffer.data() + m_end, m_buffer.size() - m_end});
    m_end += count;
    m_buffered += count;
    m_fetched += count;
    return count > 0;
}

}  // namespace snapq::io
