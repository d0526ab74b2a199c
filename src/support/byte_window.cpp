#include "support/byte_window.hpp"

#include <algorithm>

namespace snapq {
namespace {

constexpr std::size_t k_window = std::size_t{256} << 10;
// In bytes. Enough for all of a small file, and many files are small.
constexpr std::size_t k_first_window = std::size_t{16} << 10;

}  // namespace

ByteWindow::ByteWindow(ByteSource& source) : m_source(&source), m_buffer(k_first_window) {}

bool ByteWindow::fill() {
    if (m_at > 0) {
        std::memmove(m_buffer.data(), m_buffer.data() + m_at, m_end - m_at);
        m_base += m_at;
        m_end -= m_at;
        m_at = 0;
    }
    // The buffer grows only when it is full, or has been full once, so a huge declared length needs no more
    // memory than the bytes that exist.
    const bool is_short = m_buffer.size() < k_window && m_base + m_end >= m_buffer.size();
    if (is_short || m_end == m_buffer.size())
        m_buffer.reallocate(m_buffer.size() * (is_short ? 4 : 2), 0, m_end);
    const std::size_t got = m_source->read({m_buffer.data() + m_end, m_buffer.size() - m_end});
    m_end += got;
    return got > 0;
}

void ByteWindow::need(std::uint64_t count, const char* what) {
    // A buffer that grew for one long text shrinks to its normal size.
    if (m_buffer.size() > k_window && m_end - m_at < k_window && count <= k_window) {
        m_buffer.reallocate(k_window, m_at, m_end);
        m_base += m_at;
        m_end -= m_at;
        m_at = 0;
    }
    while (m_end - m_at < count) {
        if (!fill()) fail_truncated(what, count);
    }
}

std::string ByteWindow::beginning(std::uint64_t count, std::size_t kept, const char* what) {
    const std::uint64_t start = offset();
    std::string text;
    while (offset() - start < count) {
        if (m_at == m_end && !fill()) fail_truncated(what, count);
        const auto step =
            static_cast<std::size_t>(std::min<std::uint64_t>(m_end - m_at, count - (offset() - start)));
        text.append(m_buffer.data() + m_at, std::min(step, kept - text.size()));
        m_at += step;
    }
    return text;
}

std::string_view ByteWindow::line(std::size_t longest, const char* what) {
    std::size_t searched = 0;
    for (;;) {
        const char* begin = m_buffer.data() + m_at;
        const void* newline = std::memchr(begin + searched, '\n', m_end - m_at - searched);
        if (newline != nullptr) {
            const auto length = static_cast<std::size_t>(static_cast<const char*>(newline) - begin);
            m_at += length + 1;
            return {begin, length};
        }
        searched = m_end - m_at;
        if (searched > longest) throw_input(offset(), "{}: no end of line within {} bytes", what, longest);
        if (!fill()) fail_truncated(what);
    }
}

void ByteWindow::skip(std::uint64_t count, const char* what) {
    while (count > m_end - m_at) {
        count -= m_end - m_at;
        m_at = m_end;
        if (!fill()) fail_truncated(what);
    }
    m_at += static_cast<std::size_t>(count);
}

// The message leaves out the size of a fixed operand, which the format prescribes. The size of a text is
// named, because it shows whether the length in the file can be right.
void ByteWindow::fail_truncated(const char* what, std::uint64_t wanted) const {
    const std::string size = wanted > sizeof(std::uint64_t) ? fmt::format(" of {} bytes", wanted) : "";
    throw TruncatedError(m_base + m_end,
                         *what == '\0' ? "the pickle" : fmt::format("the pickle ({}{})", what, size));
}

}  // namespace snapq
