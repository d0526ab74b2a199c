// A ByteSource over bytes in memory, which are returned in pieces of a chosen size.
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "support/bytes.hpp"

namespace snapq::tests {

// Reads bytes that the caller owns, which must outlive the source.
class ViewSource : public ByteSource {
public:
    explicit ViewSource(std::string_view bytes, std::size_t piece = std::numeric_limits<std::size_t>::max())
        : m_bytes(bytes), m_piece(piece) {}

    std::size_t read(std::span<char> into) override {
        const std::size_t count = std::min({into.size(), m_piece, m_bytes.size() - m_at});
        std::memcpy(into.data(), m_bytes.data() + m_at, count);
        m_at += count;
        return count;
    }
    [[nodiscard]] std::uint64_t consumed() const override { return m_at; }

private:
    std::string_view m_bytes;
    std::size_t m_piece;
    std::size_t m_at = 0;
};

// Reads bytes that it owns.
class MemorySource : public ByteSource {
public:
    explicit MemorySource(std::string bytes, std::size_t piece = std::numeric_limits<std::size_t>::max())
        : m_bytes(std::move(bytes)), m_view(m_bytes, piece) {}

    std::size_t read(std::span<char> into) override { return m_view.read(into); }
    [[nodiscard]] std::uint64_t consumed() const override { return m_view.consumed(); }

private:
    std::string m_bytes;
    ViewSource m_view;
};

}  // namespace snapq::tests
