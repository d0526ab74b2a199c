// zstd files with any number of frames, including skippable ones.
#include <memory>
#include <utility>

#include "input/container.hpp"
#include "io/codecs.hpp"

namespace snapq::input {
namespace {

using namespace std::string_view_literals;

// 128 MiB: the largest window that `zstd -d` accepts by default.
constexpr int k_max_window_log = 27;

bool is_skippable_frame(std::string_view head) {
    return head.size() >= 4 && (static_cast<unsigned char>(head[0]) & 0xF0) == 0x50 &&
           head.substr(1, 3) == "\x2A\x4D\x18"sv;
}

class ZstdSource final : public ByteSource {
public:
    explicit ZstdSource(Packed packed) : m_packed(std::move(packed)) {}

    std::size_t read(std::span<char> into) override {
        if (into.empty()) return 0;
        const std::size_t count = m_decoder.read(*m_packed.window, into, m_packed.context);
        m_packed.guard.count(count, *m_packed.window, m_packed.context);
        return count;
    }
    [[nodiscard]] std::uint64_t consumed() const override { return m_packed.window->consumed(); }

private:
    Packed m_packed;
    io::ZstdDecoder m_decoder{k_max_window_log};
};

bool begins_zstd(std::string_view head) {
    return head.starts_with("\x28\xB5\x2F\xFD"sv) || is_skippable_frame(head);
}

Unpacked open_zstd(Packed packed) {
    return {std::make_unique<ZstdSource>(std::move(packed))};
}

}  // namespace

extern const Container k_zstd;
const Container k_zstd{"zstd", begins_zstd, open_zstd};

}  // namespace snapq::input
