// Values that are no part of a snapshot's schema: unknown keys, what users merged in. Kept as trees, printed
// as JSON.
//
// A value whose JSON would pass 1 MiB is not kept at all, and all of them together are bounded, so that a
// hostile or odd file cannot fill memory here. Sharing is kept (a tree names its children by id), never
// expanded on input.
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
    // A list, or a dict of key, value, key, value, …; a record `loose`, or `dropped` when it is too large.
    [[nodiscard]] Value add_list(std::span<const Value> items) { return add(items, false); }
    [[nodiscard]] Value add_dict(std::span<const Value> pairs) { return add(pairs, true); }

    [[nodiscard]] bool is_dict(const Value& value) const { return m_nodes[value.id].is_dict; }
    [[nodiscard]] std::span<const Value> items(const Value& value) const {
        const Node& node = m_nodes[value.id];
        return {node.first, node.count};
    }

    // JSON text of any value; nullopt when it passes 1 MiB or holds something that was dropped.
    // `pairs` are the builder's pairs (Record::pair), `sequences` resolves Record::sequence.
    struct Context {
        const Symbols& symbols;
        const PairTable& pairs;
        const SequenceInterner& sequences;
    };
    [[nodiscard]] std::optional<std::string> to_json(const Value& value, const Context& context) const;

private:
    struct Node {
        const Value* first = nullptr;
        std::uint32_t count = 0;
        bool is_dict = false;
    };
    [[nodiscard]] Value add(std::span<const Value> items, bool is_dict);
    [[nodiscard]] const Value* keep(std::span<const Value> items);

    std::vector<Node> m_nodes;
    std::size_t m_item_count = 0;
    // In pieces: a vector of all would need three times its size whenever it grows.
    std::vector<std::unique_ptr<Value[]>> m_pieces;
    Value* m_piece_at = nullptr;
    std::size_t m_piece_left = 0;
};

// Key of a dict entry as JSON text needs it: text as it is; a number, boolean or None as Python's json would
// write it.
[[nodiscard]] std::optional<std::string> key_text(const Value& key, const Symbols& symbols);

}  // namespace snapq::snapshot
