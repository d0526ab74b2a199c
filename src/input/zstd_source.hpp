// Unpacks a zstd file of any number of frames, skippable ones included. libzstd checks each frame's checksum.
#pragma once

#include <zstd.h>

#include <memory>

#include "io/error_context.hpp"
#include "io/expansion_guard.hpp"
#include "io/window.hpp"
#include "support/bytes.hpp"

namespace snapq::input {

class ZstdSource final : public ByteSource {
public:
    // 128 MiB: what `zstd -d` itself accepts without being told. The window is the memory that a file can ask
    // for.
    static constexpr int k_max_window_log = 27;

    ZstdSource(std::unique_ptr<io::Window> packed, io::ErrorContext origin, io::ExpansionGuard guard);

    std::size_t read(std::span<char> into) override;
    [[nodiscard]] std::uint64_t consumed() const override { return m_packed->consumed(); }

private:
    struct Freed {
        void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
    };
    [[noreturn]] void fail(std::size_t code) const;

    std::unique_ptr<io::Window> m_packed;
    io::ErrorContext m_origin;
    io::ExpansionGuard m_guard;
    std::unique_ptr<ZSTD_DCtx, Freed> m_context;
    bool m_frame_done = false;
};

}  // namespace snapq::input
