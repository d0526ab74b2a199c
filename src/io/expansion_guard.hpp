// Refuses decompression bombs: input that unpacks to far more than a real snapshot could.
#pragma once

#include <cstddef>
#include <cstdint>

#include "io/error_context.hpp"
#include "io/window.hpp"

namespace snapq::io {

// The limit grows with the number of bytes read from the file, so it holds for any chain of containers and
// any file size. The deflate format cannot exceed 1032:1; zstd can exceed 30000:1; snapshots stay below
// 100:1.
class ExpansionGuard {
public:
    // This many bytes are always allowed: small files of long repetitions are harmless and common in tests.
    static constexpr std::uint64_t k_grace_bytes = std::uint64_t{64} << 20;

    explicit ExpansionGuard(std::uint64_t max_ratio) : m_max_ratio(max_ratio) {}

    // Counts the bytes that were unpacked from `window`. Throws InputError when they exceed the limit.
    void count(std::size_t bytes, const Window& window, const ErrorContext& origin) {
        m_produced += bytes;
        if (m_produced <= k_grace_bytes) return;
        if ((m_produced - k_grace_bytes) / m_max_ratio <= window.consumed()) return;
        InputError error(origin.file,
                         fmt::format("{}: unpacks to more than {} times its size, which no snapshot does",
                                     origin.container, m_max_ratio),
                         window.offset());
        error.with_hint("if it is right, unpack it first: zstd -dc FILE | snapq convert - -o OUT");
        throw error;
    }

private:
    std::uint64_t m_max_ratio;
    std::uint64_t m_produced = 0;
};

}  // namespace snapq::io
