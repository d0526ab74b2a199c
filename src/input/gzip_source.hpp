// Unpacks a gzip file of any number of members (`cat a.gz b.gz`, bgzip, pigz). zlib checks each member's CRC.
#pragma once

#include <memory>

#include "io/error_context.hpp"
#include "io/expansion_guard.hpp"
#include "io/inflater.hpp"
#include "io/window.hpp"
#include "support/bytes.hpp"

namespace snapq::input {

class GzipSource final : public ByteSource {
public:
    GzipSource(std::unique_ptr<io::Window> packed, io::ErrorContext origin, io::ExpansionGuard guard);

    std::size_t read(std::span<char> into) override;
    [[nodiscard]] std::uint64_t consumed() const override { return m_packed->consumed(); }

private:
    // False behind the last member. NUL bytes are the padding of tapes and block devices; anything else is
    // damage.
    bool next_member();
    bool skip_nul_padding();

    std::unique_ptr<io::Window> m_packed;
    io::ErrorContext m_origin;
    io::ExpansionGuard m_guard;
    io::Inflater m_inflater{io::Inflater::Format::gzip};
    bool m_done = false;
};

}  // namespace snapq::input
