#include "io/spilled_text.hpp"

#include <array>

namespace snapq::io {

void SpilledText::write(std::string_view bytes) {
    m_held += bytes;
    if (m_held.size() <= m_most_held) return;
    if (!m_file) m_file.emplace();
    m_file->write_at(m_written, m_held);
    m_written += m_held.size();
    m_held.clear();
}

void SpilledText::copy_to(ByteSink& to) const {
    std::array<char, std::size_t{1} << 16U> buffer;
    std::uint64_t offset = 0;
    while (const std::size_t count = m_file ? m_file->read_at(offset, buffer) : 0) {
        to.write({buffer.data(), count});
        offset += count;
    }
    to.write(m_held);
}

void SpilledText::clear() {
    m_held.clear();
    m_file.reset();
    m_written = 0;
}

}  // namespace snapq::io
