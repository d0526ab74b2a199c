// Ids of values: distinct types for ids of different things, and an interner, which gives equal values the
// same dense id. Ids are in first-seen order, so the output never depends on the order of hashes.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "support/error.hpp"

namespace snapq {

// Distinct types for ids of different things: code that passes a FrameId for a StackId does not compile.
//
// A dense 32-bit id, given in first-seen order. A default-constructed id, which comments call `none`, means
// that there is no value (NULL in the database).
template <typename Tag>
class StrongId {
public:
    static constexpr std::uint32_t k_none = std::numeric_limits<std::uint32_t>::max();

    constexpr StrongId() = default;
    constexpr explicit StrongId(std::uint32_t value) : m_value(value) {}

    [[nodiscard]] constexpr std::uint32_t value() const { return m_value; }
    [[nodiscard]] constexpr bool is_none() const { return m_value == k_none; }
    [[nodiscard]] constexpr explicit operator bool() const { return m_value != k_none; }

    friend constexpr auto operator<=>(StrongId, StrongId) = default;

private:
    std::uint32_t m_value = k_none;
};

}  // namespace snapq

template <typename Tag>
struct std::hash<snapq::StrongId<Tag>> {
    std::size_t operator()(snapq::StrongId<Tag> id) const noexcept { return id.value(); }
};

namespace snapq {

// A 64-bit hash of bytes, the same on every machine and in every run.
[[nodiscard]] std::uint64_t hash_bytes(std::string_view bytes);

// Mixes one more word into a running hash.
[[nodiscard]] constexpr std::uint64_t hash_mix(std::uint64_t hash, std::uint64_t word) {
    hash ^= word + 0x9e3779b97f4a7c15ULL + (hash << 6) + (hash >> 2);
    hash *= 0xff51afd7ed558ccdULL;
    return hash ^ (hash >> 32);
}

// An open-addressing table from hashes to ids. The owner stores the values and passes a function that tells
// whether an id has the wanted value. A slot has 12 bytes, and at most 75 % of the slots are used. Ids are
// below 2^32 - 1.
class IdTable {
public:
    // Returns the id that was stored under `hash` and for which `equal(id)` is true. If there is none, stores
    // and returns `next`.
    template <typename Equal>
    std::uint32_t find_or_insert(std::uint64_t hash, std::uint32_t next, Equal&& equal) {
        if ((m_count + 1) * 4 > m_slots.size() * 3) grow();
        const auto tag = static_cast<std::uint32_t>(hash >> 32);
        for (std::size_t slot = hash & m_mask;; slot = (slot + 1) & m_mask) {
            Slot& at = m_slots[slot];
            if (at.id == k_empty) {
                at = Slot{static_cast<std::uint32_t>(hash), tag, next};
                ++m_count;
                return next;
            }
            if (at.tag == tag && equal(at.id)) return at.id;
        }
    }

    // Returns the id that was stored under `hash` and for which `equal(id)` is true.
    template <typename Equal>
    [[nodiscard]] std::optional<std::uint32_t> find(std::uint64_t hash, Equal&& equal) const {
        if (m_slots.empty()) return std::nullopt;
        const auto tag = static_cast<std::uint32_t>(hash >> 32);
        for (std::size_t slot = hash & m_mask;; slot = (slot + 1) & m_mask) {
            const Slot& at = m_slots[slot];
            if (at.id == k_empty) return std::nullopt;
            if (at.tag == tag && equal(at.id)) return at.id;
        }
    }

private:
    static constexpr std::uint32_t k_empty = 0xffffffffU;
    struct Slot {
        std::uint32_t low = 0;  // low half of the hash; growing needs it
        std::uint32_t tag = 0;  // high half; most different values are rejected without a call of `equal`
        std::uint32_t id = k_empty;
    };

    void grow();

    std::vector<Slot> m_slots;
    std::size_t m_mask = 0;
    std::size_t m_count = 0;
};

// Gives ids to texts. Views stay valid as long as the interner lives.
class TextInterner {
public:
    std::uint32_t intern(std::string_view text);
    // The id of a text that was interned before, or nullopt.
    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view text) const;
    [[nodiscard]] std::string_view operator[](std::uint32_t id) const {
        return {m_entries[id].data, m_entries[id].length};
    }
    [[nodiscard]] std::size_t size() const { return m_entries.size(); }

private:
    struct Entry {
        const char* data;
        std::size_t length;
    };
    const char* keep(std::string_view text);

    IdTable m_table;
    std::vector<Entry> m_entries;
    std::vector<std::unique_ptr<char[]>> m_arenas;
    std::size_t m_arena_left = 0;
    char* m_arena_at = nullptr;
};

// Gives ids to sequences of 32-bit ids (a stack is a sequence of frames). `data` is valid until the next
// `intern`.
class SequenceInterner {
public:
    std::uint32_t intern(const std::uint32_t* ids, std::size_t count);
    [[nodiscard]] std::size_t size() const { return m_ends.size(); }
    [[nodiscard]] std::size_t length(std::uint32_t id) const { return m_ends[id] - begin_of(id); }
    [[nodiscard]] const std::uint32_t* data(std::uint32_t id) const { return m_items.data() + begin_of(id); }

private:
    [[nodiscard]] std::size_t begin_of(std::uint32_t id) const { return id == 0 ? 0 : m_ends[id - 1]; }

    IdTable m_table;
    std::vector<std::uint32_t> m_items;
    std::vector<std::size_t> m_ends;
};

// Gives ids to records of a fixed size. `Record` has operator== and a member `std::uint64_t hash() const`.
// References to records are valid until the next `intern`.
template <typename Record>
class RecordInterner {
public:
    std::uint32_t intern(const Record& record) {
        const auto next = static_cast<std::uint32_t>(m_records.size());
        const auto id = m_table.find_or_insert(record.hash(), next,
                                               [&](std::uint32_t at) { return m_records[at] == record; });
        if (id == next) m_records.push_back(record);
        return id;
    }
    // The id of a record that was interned before, or nullopt.
    [[nodiscard]] std::optional<std::uint32_t> find(const Record& record) const {
        return m_table.find(record.hash(), [&](std::uint32_t at) { return m_records[at] == record; });
    }
    [[nodiscard]] const Record& operator[](std::uint32_t id) const { return m_records[id]; }
    [[nodiscard]] std::size_t size() const { return m_records.size(); }

private:
    IdTable m_table;
    std::vector<Record> m_records;
};

}  // namespace snapq
