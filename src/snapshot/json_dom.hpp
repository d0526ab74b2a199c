// Parses an array or object of a JSON text with simdjson.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "snapshot/json_values.hpp"

namespace snapq::snapshot {

// Bytes of an array, at most: far more than a trace entry with a deep stack (10 KB). The parser's buffers
// take about 20 times as much.
inline constexpr std::size_t k_longest_array = std::size_t{256} << 10;

// One thread.
class JsonDom {
public:
    JsonDom();
    JsonDom(const JsonDom&) = delete;
    JsonDom& operator=(const JsonDom&) = delete;
    ~JsonDom();

    // Adds `array`, an array or object that begins at `offset` of the stream. When simdjson refuses it,
    // returns false and adds nothing. It refuses invalid JSON, what Python's json module writes beyond JSON
    // (NaN, lone surrogates, larger integers), text that is not UTF-8, and deep nesting. 64 bytes after
    // `array` must be readable.
    [[nodiscard]] bool add(std::string_view array, std::uint64_t offset, JsonValues& to);

private:
    struct Parser;
    std::unique_ptr<Parser> m_parser;
};

}  // namespace snapq::snapshot
