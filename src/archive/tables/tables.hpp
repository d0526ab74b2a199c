// The schema of elements.db and the functions that fill its tables, one for each family. They insert all rows
// in the order of the keys, so that pages are filled one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/database_builder.hpp"
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

// ---- schema ----

// Bytes of a database page. SQLite reads whole pages. Nearly all of the file is table allocations, which
// queries read in the order in which it is stored, so large pages cost little. They keep the B-trees low:
// three levels for ten million rows.
inline constexpr std::uint32_t k_page_size = 16384;

// "SNPQ", at byte 68 of the database, where `file` and other programs find it.
inline constexpr std::int32_t k_application_id = 0x534e5051;

// Grows when a table or a column is added. Readers accept larger versions and use the tables they know.
inline constexpr std::int32_t k_schema_version = 3;

// The CREATE statements of all tables and views. Their names are public, because users query them. SQLite
// stores the text with its comments, so `.schema` explains itself.
[[nodiscard]] std::string_view schema_sql();

// ---- rows ----

// meta, anomalies
void write_manifest_tables(sqlite::Connection& connection, const DatabaseContents& contents);

// devices, timeline, stack_totals, live_stacks, stream_totals, fragmentation, pool_fragmentation, oom,
// oom_unusable, spans, pending, leaks, steps, category_totals, category_timeline
void write_precomputed_tables(sqlite::Connection& connection, const DatabaseContents& contents);

// frames, stacks, stack_frames
void write_stack_tables(sqlite::Connection& connection, const DatabaseContents& contents);

// allocations
void write_allocations(sqlite::Connection& connection, const DatabaseContents& contents,
                       StringTable& strings);

// other_events
void write_other_events(sqlite::Connection& connection, const DatabaseContents& contents,
                        StringTable& strings);

// segments, blocks
void write_segments(sqlite::Connection& connection, const snapshot::Snapshot& snapshot, StringTable& strings);

// annotations, settings, extra
void write_side_tables(sqlite::Connection& connection, const snapshot::Snapshot& snapshot);

// ---- the text of a stack ----

// Largest text of one stack, in bytes. Deep recursion through long C++ names would make rows that tools
// cannot show. Table stack_frames always has the whole stack.
inline constexpr std::size_t k_max_stack_text = std::size_t{1} << 20;

// Replaces `into` by "(0) file:line:name" for each frame, innermost first, joined by newlines. An unknown
// line (-1) is "?". Where the text would exceed `longest` bytes, at least 128, its last line is "... N more
// frames", and false is returned.
bool write_stack_text(const snapshot::Symbols& symbols, snapshot::StackId stack, std::string& into,
                      std::size_t longest = k_max_stack_text);

}  // namespace snapq::archive::tables
