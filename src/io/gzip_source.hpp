// Unpacks a gzip file of any number of members (`cat a.gz b.gz`, bgzip, pigz). zlib checks each member's CRC.
#pragma once

#include <memory>

#include "io/expansion_guard.hpp"
#include "io/inflater.hpp"
#include "io/origin.hpp"
#include "io/window.hpp"
#include "snapq/support/bytes.hpp"

namespace snapq::io {

class GzipSource final : public ByteSource {
public:
    GzipSource(std::unique_ptr<Window> packed, Origin origin, ExpansionGuard guard);

    std::size_t read(std::span<char> into) override;
    [[nodiscard]] std::uint64_t consumed() const override { return m_packed->consumed(); }

private:
    // False behind the last member. NUL bytes are the padding of tapes and block devices; anything else is
    // damage.
    bool next_member();
    bool skip_nul_padding();

    std::unique_ptr<Window> m_packed;
    Origin m_origin;
    ExpansionGuard m_guard;
    Inflater m_inflater{Inflater::Format::gzip};
    bool m_done = false;
};

}  // namespace snapq::io
