// Values of columns that several tables share.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/sqlite/connection.hpp"
#include "snapshot/model.hpp"
#include "timeline/replay/elements.hpp"

namespace snapq::archive::tables {

// NULL for `none`.
[[nodiscard]] inline std::optional<std::string_view> text_of(const snapshot::Symbols& symbols,
                                                             snapshot::TextId text) {
    if (text.is_none()) return std::nullopt;
    return symbols.text(text);
}

// SQLite's integers are signed, so an address is stored modulo 2^64.
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

// NULL for "", which a StackClass has for what it does not know.
[[nodiscard]] inline std::optional<std::string_view> unless_empty(std::string_view text) {
    if (text.empty()) return std::nullopt;
    return text;
}

// Table strings: long texts that many rows share (contexts, metadata, forward frames). Its ids are in the
// order of first use. Holds 4 bytes for each distinct text of the snapshot, and the joined texts.
class StringTable {
public:
    explicit StringTable(const snapshot::Symbols& symbols);

    // NULL for `none`.
    std::optional<std::uint32_t> id_of(snapshot::TextId text);

    // The id of the texts of the list, joined by ", ": each text once, without empty ones. If the result is
    // longer than 1 KiB, only the last text, because texts may be long and many rows may share them. NULL if
    // there is no text.
    std::optional<std::uint32_t> id_of_list(std::span<const snapshot::TextId> texts);

    // Writes all texts that have an id.
    void write(sqlite::Connection& connection) const;

private:
    const snapshot::Symbols* m_symbols;
    std::vector<std::uint32_t> m_ids;       // by TextId; k_unused until first use
    std::vector<snapshot::TextId> m_texts;  // by id; none for a joined text
    std::map<std::string, std::uint32_t, std::less<>> m_joined;
};

}  // namespace snapq::archive::tables
