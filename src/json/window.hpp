// What of a JSON text is in memory: the bytes from the cursor on.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "support/bytes.hpp"

namespace snapq::json {

// Memory: one buffer of 1 MiB, which grows only while a single text needs it. The bytes behind the view may
// be read (not used) as far as simdjson reads ahead. One thread.
class JsonWindow {
public:
    // `source` must outlive the window.
    explicit JsonWindow(ByteSource& source);

    // Offset of the cursor in the stream.
    [[nodiscard]] std::uint64_t offset() const { return m_base + m_at; }
    // What is in memory from the cursor on; valid until `read_more`.
    [[nodiscard]] std::string_view ahead() const { return {m_buffer.data() + m_at, m_end - m_at}; }
    [[nodiscard]] bool has_byte() { return m_at < m_end || read_more(); }
    [[nodiscard]] char byte() const { return m_buffer[m_at]; }
    // `count` is at most the length of `ahead`.
    void advance(std::size_t count) { m_at += count; }

    // Adds to `ahead`; false at the end of the stream.
    bool read_more();

private:
    ByteSource& m_source;
    std::vector<char> m_buffer;
    std::size_t m_at = 0;
    std::size_t m_end = 0;
    std::uint64_t m_base = 0;  // stream offset of m_buffer[0]
};

}  // namespace snapq::json
