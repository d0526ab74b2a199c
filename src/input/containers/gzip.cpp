// gzip files with any number of members (`cat a.gz b.gz`, bgzip, pigz). zlib checks the CRC of each member.
#include <algorithm>
#include <memory>
#include <utility>

#include "input/container.hpp"
#include "io/codecs.hpp"

namespace snapq::input {
namespace {

using namespace std::string_view_literals;

bool begins_gzip(std::string_view head) {
    return head.starts_with("\x1F\x8B"sv);
}

class GzipSource final : public ByteSource {
public:
    explicit GzipSource(Packed packed) : m_packed(std::move(packed)) {}

    std::size_t read(std::span<char> into) override {
        if (into.empty()) return 0;
        while (!m_done) {
            const std::size_t count = m_inflater.read(*m_packed.window, into, m_packed.context);
            if (count > 0) {
                m_packed.guard.count(count, *m_packed.window, m_packed.context);
                return count;
            }
            m_done = !next_member();
        }
        return 0;
    }
    [[nodiscard]] std::uint64_t consumed() const override { return m_packed.window->consumed(); }

private:
    // Returns false after the last member. NUL bytes there are padding of tapes and block devices; other
    // bytes are damage.
    bool next_member() {
        if (begins_gzip(m_packed.window->peek(2))) {
            m_inflater.restart();
            return true;
        }
        if (!skip_nul_padding())
            m_packed.context.fail(m_packed.window->offset(), "bytes that are not gzip data follow the end");
        return false;
    }

    bool skip_nul_padding() {
        while (true) {
            const std::string_view text = m_packed.window->peek(1);
            const std::size_t zeros = std::min(text.find_first_not_of('\0'), text.size());
            m_packed.window->skip(zeros);
            if (text.empty()) return true;
            if (zeros < text.size()) return false;
        }
    }

    Packed m_packed;
    io::Inflater m_inflater{io::Inflater::Format::gzip};
    bool m_done = false;
};

Unpacked open_gzip(Packed packed) {
    return {std::make_unique<GzipSource>(std::move(packed))};
}

}  // namespace

extern const Container k_gzip;
const Container k_gzip{"gzip", begins_gzip, open_gzip};

}  // namespace snapq::input
