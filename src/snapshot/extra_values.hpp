// Lists and dicts that are not records of a snapshot: values of unknown keys and data of users. They are
// stored as trees and printed as JSON for table `extra`.
//
// A value whose JSON text would exceed 1 MiB is not kept, and the size of all together is limited, so that no
// file can fill the memory. A value that is used twice is stored once: a tree refers to its children by id.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "snapshot/model.hpp"
#include "snapshot/records.hpp"

namespace snapq::snapshot {

inline constexpr std::size_t k_largest_extra = std::size_t{1} << 20;  // bytes of JSON text

// Two integers, such as a pool id.
struct Pair {
    std::int64_t first = 0;
    std::int64_t second = 0;

    friend bool operator==(const Pair&, const Pair&) = default;
    [[nodiscard]] std::uint64_t hash() const {
        return hash_mix(static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(second));
    }
};
using PairTable = RecordInterner<Pair>;

class ExtraValues {
public:
    // Stores the items of a list, or key, value, key, value, … of a dict. Returns a Record::extra, or
    // Record::dropped when it is too large.
    [[nodiscard]] Value add_list(std::span<const Value> items) { return add(items, false); }
    [[nodiscard]] Value add_dict(std::span<const Value> pairs) { return add(pairs, true); }

    [[nodiscard]] bool is_dict(const Value& value) const { return m_nodes[value.id].is_dict; }
    [[nodiscard]] std::span<const Value> items(const Value& value) const {
        const Node& node = m_nodes[value.id];
        return {node.first, node.count};
    }

    // The tables of the builder that Record::pair and Record::sequence refer to.
    struct Context {
        const Symbols& symbols;
        const PairTable& pairs;
        const SequenceInterner& sequences;
    };
    // JSON text of any value; nullopt when it exceeds 1 MiB or contains a value without JSON text.
    [[nodiscard]] std::optional<std::string> to_json(const Value& value, const Context& context) const;

private:
    struct Node {
        const Value* first = nullptr;
        std::uint32_t count = 0;
        bool is_dict = false;
    };
    [[nodiscard]] Value add(std::span<const Value> items, bool is_dict);
    [[nodiscard]] const Value* store(std::span<const Value> items);

    std::vector<Node> m_nodes;
    std::size_t m_item_count = 0;
    // The items are in blocks, since one vector would need three times its size while it grows.
    std::vector<std::unique_ptr<Value[]>> m_blocks;
    Value* m_block_at = nullptr;
    std::size_t m_block_left = 0;
};

// The key of a dict as the key of a JSON object: text as it is; a number, a boolean or None as in Python's
// json module. nullopt for other keys.
[[nodiscard]] std::optional<std::string> key_text(const Value& key, const Symbols& symbols);

}  // namespace snapq::snapshot
