// Table strings: long texts that many rows share (contexts, metadata, forward frames).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "archive/sqlite/connection.hpp"
#include "snapshot/model.hpp"

namespace snapq::archive::tables {

// Gives ids in the order of first use. Holds 4 bytes for each distinct text of the snapshot.
class StringTable {
public:
    explicit StringTable(const snapshot::Symbols& symbols);

    // NULL for `none`.
    std::optional<std::uint32_t> id_of(snapshot::TextId text);

    // Writes all that got an id.
    void write(sqlite::Connection& connection) const;

private:
    const snapshot::Symbols* m_symbols;
    std::vector<std::uint32_t> m_ids;       // by TextId; k_unused until first use
    std::vector<snapshot::TextId> m_texts;  // by id
};

}  // namespace snapq::archive::tables
