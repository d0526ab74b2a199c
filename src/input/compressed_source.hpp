// Unpacks gzip and zstd files. Both classes own the window that they read from. One thread at a time.
#pragma once

#include <memory>

#include "io/decoders.hpp"
#include "io/error_context.hpp"
#include "io/expansion_guard.hpp"
#include "io/window.hpp"
#include "support/bytes.hpp"

namespace snapq::input {

// A gzip file with any number of members (`cat a.gz b.gz`, bgzip, pigz). zlib checks the CRC of each member.
class GzipSource final : public ByteSource {
public:
    GzipSource(std::unique_ptr<io::Window> packed, io::ErrorContext context, io::ExpansionGuard guard);

    // Throws InputError for damaged or truncated data, and when the expansion guard refuses the data.
    std::size_t read(std::span<char> into) override;
    [[nodiscard]] std::uint64_t consumed() const override { return m_packed->consumed(); }

private:
    // Returns false after the last member. NUL bytes there are padding of tapes and block devices; other
    // bytes are damage.
    bool next_member();
    bool skip_nul_padding();

    std::unique_ptr<io::Window> m_packed;
    io::ErrorContext m_context;
    io::ExpansionGuard m_guard;
    io::Inflater m_inflater{io::Inflater::Format::gzip};
    bool m_done = false;
};

// A zstd file with any number of frames, including skippable ones.
class ZstdSource final : public ByteSource {
public:
    // 128 MiB: the largest window that `zstd -d` accepts by default.
    static constexpr int k_max_window_log = 27;

    ZstdSource(std::unique_ptr<io::Window> packed, io::ErrorContext context, io::ExpansionGuard guard);

    // Throws as GzipSource does.
    std::size_t read(std::span<char> into) override;
    [[nodiscard]] std::uint64_t consumed() const override { return m_packed->consumed(); }

private:
    std::unique_ptr<io::Window> m_packed;
    io::ErrorContext m_context;
    io::ExpansionGuard m_guard;
    io::ZstdDecoder m_decoder{k_max_window_log};
};

}  // namespace snapq::input
