// Reads what src/page writes.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "page/html_writer.hpp"
#include "support/bytes.hpp"

namespace snapq::tests {

class TextSink final : public ByteSink {
public:
    void write(std::string_view bytes) override { text += bytes; }
    std::string text;
};

// The bytes of a raw deflate stream; nullopt if it is damaged or not complete.
inline std::optional<std::string> inflated(std::string_view deflated) {
    z_stream stream{};
    inflateInit2(&stream, -MAX_WBITS);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(deflated.data()));
    stream.avail_in = static_cast<uInt>(deflated.size());
    std::string bytes;
    int code = Z_OK;
    while (code == Z_OK) {
        char buffer[4096];
        stream.next_out = reinterpret_cast<Bytef*>(buffer);
        stream.avail_out = sizeof buffer;
        code = inflate(&stream, Z_NO_FLUSH);
        bytes.append(buffer, sizeof buffer - stream.avail_out);
    }
    inflateEnd(&stream);
    return code == Z_STREAM_END ? std::optional(bytes) : std::nullopt;
}

inline std::string from_base64(std::string_view text) {
    constexpr std::string_view k_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        if (c == '=') break;
        bits = bits << 6U | static_cast<std::uint32_t>(k_digits.find(c));
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>(bits >> static_cast<unsigned>(count));
    }
    return bytes;
}

// The bytes of the block with this id.
inline std::optional<std::string> block_in(std::string_view html, const std::string& id) {
    const std::string before = "id=\"" + id + "\">";
    const std::size_t begin = html.find(before);
    if (begin == std::string_view::npos) return std::nullopt;
    html.remove_prefix(begin + before.size());
    return inflated(from_base64(html.substr(0, html.find('<'))));
}

inline std::vector<std::uint64_t> varints_in(std::string_view raw) {
    std::vector<std::uint64_t> values;
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (const char c : raw) {
        const auto byte = static_cast<unsigned char>(c);
        value |= std::uint64_t{byte & 0x7fU} << shift;
        shift += 7;
        if (byte >= 0x80U) continue;
        values.push_back(value);
        value = shift = 0;
    }
    return values;
}

}  // namespace snapq::tests
