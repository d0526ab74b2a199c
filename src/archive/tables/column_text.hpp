// How the vocabulary of snapshots is written into columns.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "snapshot/model.hpp"
#include "timeline/replay/elements.hpp"

namespace snapq::archive::tables {

// NULL for `none`.
[[nodiscard]] inline std::optional<std::string_view> text_of(const snapshot::Symbols& symbols,
                                                             snapshot::TextId text) {
    if (text.is_none()) return std::nullopt;
    return symbols.text(text);
}

// SQLite's integers are signed: u64 modulo 2^64.
[[nodiscard]] inline std::int64_t signed_address(std::uint64_t address) {
    return static_cast<std::int64_t>(address);
}

[[nodiscard]] inline std::string_view name_of(timeline::Origin origin) {
    switch (origin) {
        case timeline::Origin::preexisting_kept: return "preexisting_kept";
        case timeline::Origin::preexisting_freed: return "preexisting_freed";
        case timeline::Origin::trace: break;
    }
    return "trace";
}

// "" stands for NULL in a StackClass.
[[nodiscard]] inline std::optional<std::string_view> unless_empty(std::string_view text) {
    if (text.empty()) return std::nullopt;
    return text;
}

}  // namespace snapq::archive::tables
