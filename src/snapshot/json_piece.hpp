// A part of a JSON text that is in memory as a whole, parsed by simdjson.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "snapshot/json_values.hpp"

namespace snapq::snapshot {

// Longest piece, in bytes: far more than a trace entry with a deep stack (10 KB), so small that the parser's
// own buffers (about 20 bytes for each of these) do not matter.
inline constexpr std::size_t k_longest_piece = std::size_t{256} << 10;

class JsonPieces {
public:
    JsonPieces();
    JsonPieces(const JsonPieces&) = delete;
    JsonPieces& operator=(const JsonPieces&) = delete;
    ~JsonPieces();

    // Adds an array or object that begins at `offset` of the stream; false, and nothing is added, when
    // simdjson refuses it: it is damaged, or has something that JSON lacks but Python writes (NaN, lone
    // surrogates, larger integers), or text that is no UTF-8, or it is nested deeper than snapshots are. 64
    // bytes behind `piece` must be readable.
    [[nodiscard]] bool add(std::string_view piece, std::uint64_t offset, JsonValues& to);

private:
    struct Parser;
    std::unique_ptr<Parser> m_parser;
};

}  // namespace snapq::snapshot
