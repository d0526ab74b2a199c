// A fixed buffer that hands its text on in large pieces. Private to timeline.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "timeline/stacked/stacked_timeline.hpp"

namespace snapq::timeline {

// 64 KiB, meant for the stack of a rendering thread: no heap, no sharing.
class TextPieces {
public:
    static constexpr std::size_t k_capacity = 65'536;

    explicit TextPieces(const StackedTimeline::TextConsumer& consume) : m_consume(consume) {}

    // A place for `bytes` (below k_capacity) more; the writer says with `commit` how far it got.
    char* room(std::size_t bytes) {
        if (bytes > k_capacity - m_size && m_size > 1) flush();
        return m_text.data() + m_size;
    }
    void commit(const char* end) { m_size = static_cast<std::size_t>(end - m_text.data()); }

    void append(std::string_view text) {
        char* out = room(text.size());
        std::memcpy(out, text.data(), text.size());
        commit(out + text.size());
    }
    // Takes back the last character: a comma that nothing follows.
    void drop_last() { --m_size; }

    // Hands on the rest.
    void finish() {
        if (m_size != 0) m_consume(std::string_view(m_text.data(), m_size));
        m_size = 0;
    }

private:
    // Keeps one character back, so that it can still be dropped.
    void flush() {
        m_consume(std::string_view(m_text.data(), m_size - 1));
        m_text[0] = m_text[m_size - 1];
        m_size = 1;
    }

    const StackedTimeline::TextConsumer& m_consume;
    std::size_t m_size = 0;
    std::array<char, k_capacity> m_text;  // not initialized on purpose
};

}  // namespace snapq::timeline
