// Where the memory of an archive comes from: the distinct pairs of stack and origin of its allocations, and
// their keys.
#pragma once

#include <cstdint>
#include <string_view>

#include "archive/sqlite/database.hpp"
#include "page/call_tree.hpp"
#include "page/json_block.hpp"
#include "report/figures.hpp"
#include "support/interner.hpp"

namespace snapq::page {

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
        std::uint8_t origin = 0;  // as the page knows it: 0 trace, 1 preexisting_freed, 2 preexisting_kept

        friend bool operator==(const Source&, const Source&) = default;
        [[nodiscard]] std::uint64_t hash() const {
            return hash_mix(hash_mix(has_stack ? 1 : 0, static_cast<std::uint64_t>(stack_id)), origin);
        }
    };

    RecordInterner<Source> m_sources;
};

}  // namespace snapq::page
