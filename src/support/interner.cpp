#include "support/interner.hpp"

#include <cstring>

#include "support/numbers.hpp"

namespace snapq {
namespace {

constexpr std::size_t k_first_slots = 64;
constexpr std::size_t k_word = sizeof(std::uint64_t);
constexpr std::size_t k_arena_bytes = std::size_t{64} << 10;

}  // namespace

// Two lanes run in parallel; in a single lane each multiplication would wait for the one before it.
std::uint64_t hash_bytes(std::string_view bytes) {
    std::uint64_t hash = 0x51ed270b7a3f9c1dULL ^ bytes.size();
    std::uint64_t other = 0x2545f4914f6cdd1dULL;
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 2 * k_word; left -= 2 * k_word, at += 2 * k_word) {
        hash = hash_mix(hash, load_le<std::uint64_t>(at));
        other = hash_mix(other, load_le<std::uint64_t>(at + k_word));
    }
    if (left >= k_word) {
        hash = hash_mix(hash, load_le<std::uint64_t>(at));
        left -= k_word;
        at += k_word;
    }
    return hash_mix(hash_mix(hash, load_le(at, left)), other);
}

void IdTable::grow() {
    std::vector<Slot> old = std::move(m_slots);
    m_slots.assign(old.empty() ? k_first_slots : old.size() * 2, Slot{});
    m_mask = m_slots.size() - 1;
    for (const Slot& slot : old) {
        if (slot.id == k_empty) continue;
        const std::uint64_t hash = (std::uint64_t{slot.tag} << 32) | slot.low;
        std::size_t to = hash & m_mask;
        while (m_slots[to].id != k_empty) to = (to + 1) & m_mask;
        m_slots[to] = slot;
    }
}

std::uint32_t TextInterner::intern(std::string_view text) {
    const auto next = static_cast<std::uint32_t>(m_entries.size());
    const auto id =
        m_table.find_or_insert(hash_bytes(text), next, [&](std::uint32_t at) { return (*this)[at] == text; });
    if (id == next) m_entries.push_back({keep(text), text.size()});
    return id;
}

std::optional<std::uint32_t> TextInterner::find(std::string_view text) const {
    return m_table.find(hash_bytes(text), [&](std::uint32_t at) { return (*this)[at] == text; });
}

const char* TextInterner::keep(std::string_view text) {
    if (text.empty()) return "";
    // A long text gets its own allocation, so that the arena is left to short ones.
    if (text.size() > k_arena_bytes / 4) {
        m_arenas.push_back(std::make_unique_for_overwrite<char[]>(text.size()));
        std::memcpy(m_arenas.back().get(), text.data(), text.size());
        return m_arenas.back().get();
    }
    if (text.size() > m_arena_left) {
        m_arenas.push_back(std::make_unique_for_overwrite<char[]>(k_arena_bytes));
        m_arena_at = m_arenas.back().get();
        m_arena_left = k_arena_bytes;
    }
    char* to = m_arena_at;
    std::memcpy(to, text.data(), text.size());
    m_arena_at += text.size();
    m_arena_left -= text.size();
    return to;
}

std::uint32_t SequenceInterner::intern(const std::uint32_t* ids, std::size_t count) {
    const std::uint64_t hash = hash_bytes({reinterpret_cast<const char*>(ids), count * sizeof *ids});
    const auto next = static_cast<std::uint32_t>(m_ends.size());
    const auto id = m_table.find_or_insert(hash, next, [&](std::uint32_t at) {
        return length(at) == count &&
               (count == 0 || std::memcmp(data(at), ids, count * sizeof(std::uint32_t)) == 0);
    });
    if (id == next) {
        m_items.insert(m_items.end(), ids, ids + count);
        m_ends.push_back(m_items.size());
    }
    return id;
}

}  // namespace snapq
