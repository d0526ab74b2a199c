#include "io/codecs.hpp"

#include <zstd.h>

#include <stdexcept>
#include <string>

#include "support/catch.hpp"

using namespace snapq;

namespace {

std::string packed(const std::string& text) {
    std::string frame(ZSTD_compressBound(text.size()), '\0');
    frame.resize(ZSTD_compress(frame.data(), frame.size(), text.data(), text.size(), 3));
    return frame;
}

}  // namespace

TEST_CASE("a frame of zstd in memory is unpacked as a whole") {
    for (const std::size_t size : {0U, 1U, 131'072U, 131'073U, 1'000'000U}) {
        std::string text(size, 'a');
        for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * i >> 8U);
        CHECK(io::unpack_zstd(packed(text)) == text);
    }
}

TEST_CASE("a damaged frame of zstd in memory is an error of the program") {
    const std::string frame = packed(std::string(300'000, 'a'));
    CHECK_THROWS_AS(io::unpack_zstd({}), std::logic_error);
    CHECK_THROWS_AS(io::unpack_zstd("not zstd"), std::logic_error);
    CHECK_THROWS_AS(io::unpack_zstd(std::string_view(frame).substr(0, frame.size() / 2)), std::logic_error);
}
