// The pickle memo. An entry takes four bytes, because a snapshot stores two to four entries for each event
// and fetches few of them.
#pragma once

#include <cstdint>
#include <vector>

#include "pickle/handler.hpp"
#include "pickle/limits.hpp"
#include "support/block_vector.hpp"
#include "support/error.hpp"

namespace snapq::pickle {

class Memo {
public:
    // Number of stored entries, without gaps.
    [[nodiscard]] std::uint64_t size() const { return m_entries.size() - m_gaps; }

    // How often an entry has been overwritten. Picklers never do that.
    [[nodiscard]] std::uint64_t redefined() const { return m_redefined; }

    // `offset` is the number of bytes read so far. Throws InputError when the index or the number of entries
    // is more than any pickler writes in so few bytes.
    void put(std::uint64_t index, const Value& value, std::uint64_t offset) {
        if (index >= m_entries.size()) {
            grow(index, offset);
        } else if (m_entries[index] == k_undefined) {
            --m_gaps;
        } else {
            ++m_redefined;
        }
        m_entries[index] = pack(value, offset);
    }

    // Replaces the open container `id` by its finished value, unless the entry has been overwritten.
    void finish(std::uint32_t index, std::uint32_t id, const Value& finished, std::uint64_t offset) {
        if (m_entries[index] == (k_container << k_id_bits | id)) m_entries[index] = pack(finished, offset);
    }

    // Whether the entry is a container that is still open.
    [[nodiscard]] bool is_open(std::uint64_t index) const {
        return index < m_entries.size() && m_entries[index] >> k_id_bits == k_container;
    }

    [[nodiscard]] Value get(std::uint64_t index, std::uint64_t offset) const {
        const std::uint32_t packed = index < m_entries.size() ? m_entries[index] : k_undefined;
        const std::uint32_t tag = packed >> k_id_bits;
        const std::uint32_t id = packed & k_id_mask;
        if (tag >= k_first_record) return Value::record(static_cast<std::uint8_t>(tag - k_first_record), id);
        if (tag == k_text) return Value::text(id);
        if (tag == k_container) return Value{Kind::container, 0, id, 0};
        if (tag == k_wide) return m_wide[id];
        throw_input(offset, "memo entry {} is fetched but was not stored", index);
    }

private:
    // An entry is a tag of five bits and an id of 27. Other values are in m_wide.
    static constexpr std::uint32_t k_id_bits = 27;
    static constexpr std::uint32_t k_id_mask = (1U << k_id_bits) - 1;
    static constexpr std::uint32_t k_undefined = 0;
    static constexpr std::uint32_t k_text = 1;
    static constexpr std::uint32_t k_container = 2;
    static constexpr std::uint32_t k_wide = 3;
    static constexpr std::uint32_t k_first_record = 16;

    void grow(std::uint64_t index, std::uint64_t offset) {
        if (index > offset || index > m_entries.size() + k_memo_gap) {
            throw_input(offset, "memo index {} is far above the {} entries stored so far", index, size());
        }
        if (index > memo_limit(offset)) {
            throw_input(offset, "memo index {} is more than any pickler uses in so few bytes", index);
        }
        m_gaps += index - m_entries.size();
        while (m_entries.size() <= index) m_entries.push_back(k_undefined);
    }

    [[nodiscard]] std::uint32_t pack(const Value& value, std::uint64_t offset) {
        if (value.id <= k_id_mask) {
            if (value.kind == Kind::record) return (k_first_record + value.type) << k_id_bits | value.id;
            if (value.kind == Kind::text) return k_text << k_id_bits | value.id;
            if (value.kind == Kind::container) return k_container << k_id_bits | value.id;
        }
        // Picklers store none of these. Equal values in a row share one element of m_wide; otherwise each
        // byte of a hostile file could take twenty bytes of memory.
        if (m_wide.empty() || m_wide.back() != value) {
            if (m_wide.size() >= wide_memo_limit(offset)) {
                throw_input(offset,
                            "{} numbers and other small values are in the memo, which no pickler does",
                            m_wide.size());
            }
            m_wide.push_back(value);
        }
        return k_wide << k_id_bits | static_cast<std::uint32_t>(m_wide.size() - 1);
    }

    BlockVector<std::uint32_t> m_entries;
    std::uint64_t m_gaps = 0;  // indexes below the highest that are not stored
    std::vector<Value> m_wide;
    std::uint64_t m_redefined = 0;
};

}  // namespace snapq::pickle
