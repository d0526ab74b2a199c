// Bytes in memory as a ByteSource, handed out in pieces of a chosen size.
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "snapq/support/bytes.hpp"

namespace snapq::test {

class MemorySource : public ByteSource {
public:
    explicit MemorySource(std::string bytes, std::size_t piece = std::numeric_limits<std::size_t>::max())
        : m_bytes(std::move(bytes)), m_piece(piece) {}

    std::size_t read(std::span<char> into) override {
        const std::size_t count = std::min({into.size(), m_piece, m_bytes.size() - m_at});
        std::memcpy(into.data(), m_bytes.data() + m_at, count);
        m_at += count;
        return count;
    }
    [[nodiscard]] std::uint64_t consumed() const override { return m_at; }

private:
    std::string m_bytes;
    std::size_t m_piece;
    std::size_t m_at = 0;
};

}  // namespace snapq::test
