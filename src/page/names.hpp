// Lists of names and sources, to which the page's columns refer by index.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analysis/keys.hpp"
#include "archive/sqlite/database.hpp"
#include "page/call_tree.hpp"
#include "page/html_writer.hpp"
#include "report/figures.hpp"
#include "support/interner.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::page {

// The sources of an archive's memory: the distinct pairs of stack and origin of its allocations, and their
// keys.
class Sources {
public:
    // Numbers the pairs in the order in which they are asked for. `origin` as in table `allocations`; throws
    // InputError for a word that no version writes.
    [[nodiscard]] std::uint32_t index_of(report::MaybeInteger stack_id, std::string_view origin);

    // Writes the object `sources`, with the keys by which `summary --by` groups them.
    void write(JsonBlock& to, archive::Database& database, const StackList& stacks) const;

private:
    struct Source {
        std::int64_t stack_id = 0;
        bool has_stack = false;
        std::uint8_t origin = 0;  // the numbers of the page: 0 trace, 1 preexisting_freed, 2 preexisting_kept

        friend bool operator==(const Source&, const Source&) = default;
        [[nodiscard]] std::uint64_t hash() const {
            return hash_mix(hash_mix(has_stack ? 1 : 0, static_cast<std::uint64_t>(stack_id)), origin);
        }
    };

    RecordInterner<Source> m_sources;
};

// Numbers texts in the order in which they are asked for. Remembers the last one, because rows of a table
// repeat it.
class NameList {
public:
    [[nodiscard]] std::uint32_t index_of(std::string_view text);
    void write(json::JsonWriter& to, std::string_view key) const;

private:
    TextInterner m_texts;
    std::string m_last;
    std::optional<std::uint32_t> m_last_index;
};

// The streams of an archive. Each device has its own numbers for streams, so one pointer can have several
// labels.
class StreamList {
public:
    [[nodiscard]] std::uint32_t index_of(std::int64_t stream, std::int64_t device,
                                         const analysis::StreamNumbers& numbers);
    void write(json::JsonWriter& to) const;

private:
    struct Stream {
        std::int64_t value = 0;
        UntrustedText label;

        friend auto operator<=>(const Stream&, const Stream&) = default;
    };

    [[nodiscard]] std::uint32_t index_of(Stream stream);

    std::map<Stream, std::uint32_t> m_numbers;
    std::vector<const Stream*> m_streams;                                    // in the order of their numbers
    std::map<std::pair<std::int64_t, std::int64_t>, std::uint32_t> m_index;  // by device and value
};

// Texts of user metadata, by their ids in table `strings`.
class MetadataList {
public:
    explicit MetadataList(archive::Database& database);

    // nullopt for the empty text, which is the same as none.
    [[nodiscard]] std::optional<std::uint32_t> index_of(std::int64_t string_id);
    void write(JsonBlock& to) const;

private:
    [[nodiscard]] std::optional<std::uint32_t> read(std::int64_t string_id);

    archive::Query m_string;
    NameList m_texts;
    std::unordered_map<std::int64_t, std::optional<std::uint32_t>> m_index;
};

// All lists of one archive. Its devices share them.
struct Names {
    StackList stacks;
    Sources sources;
    NameList pools;
    StreamList streams;
    NameList categories;
    MetadataList metadata;

    // `database` must outlive the object.
    explicit Names(archive::Database& database) : stacks(database), metadata(database) {}
    // Writes all lists except the stacks as members of the archive.
    void write(JsonBlock& to, archive::Database& database) const;
};

}  // namespace snapq::page
