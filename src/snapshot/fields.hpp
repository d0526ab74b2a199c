// One dict of a snapshot, laid out by known key.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "snapshot/keys.hpp"
#include "snapshot/records.hpp"

namespace snapq::snapshot {

// Reused for every dict: filling it costs nothing but the pairs. What no one reads is left over for table
// `extra`.
class Fields {
public:
    // `pairs` is key, value, key, value, …; a later equal key wins, as in Python.
    void fill(std::span<const Value> pairs) {
        m_present = 0;
        m_unknown.clear();
        for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
            const Value& key = pairs[i];
            if (key.is_text() && key.id < k_key_names.size()) {
                m_values[key.id] = pairs[i + 1];
                m_present |= std::uint64_t{1} << key.id;
            } else {
                m_unknown.emplace_back(key, pairs[i + 1]);
            }
        }
        m_left = m_present;
    }

    [[nodiscard]] bool has(Key key) const { return (m_present >> index(key) & 1U) != 0; }

    // The value of a key, which must be there; marks it as read.
    const Value& read(Key key) {
        m_left &= ~(std::uint64_t{1} << index(key));
        return m_values[index(key)];
    }
    // The value without marking it.
    [[nodiscard]] const Value& peek(Key key) const { return m_values[index(key)]; }
    void mark_read(Key key) { static_cast<void>(read(key)); }

    // Puts the integer under `key` into `into`. False (and the key stays unread, so its value goes to
    // `extra`) when it is absent or no integer. Booleans and whole reals count: users' files turn ints into
    // floats.
    bool integer(Key key, std::int64_t& into) {
        if (!has(key)) return false;
        const Value& value = m_values[index(key)];
        if (value.kind == Kind::integer) {
            into = value.as_integer();
        } else if (const auto number = to_integer(value)) {
            into = *number;
        } else {
            return false;
        }
        mark_read(key);
        return true;
    }
    // The same for records that are few: handing an optional on takes longer than all else of a field.
    std::optional<std::int64_t> integer(Key key) {
        std::int64_t number = 0;
        return integer(key, number) ? std::optional(number) : std::nullopt;
    }
    // The text under `key`, none likewise.
    TextId text(Key key) {
        if (!has(key) || !m_values[index(key)].is_text()) return TextId();
        return TextId(read(key).id);
    }

    // Calls `visit(key value, value)` for what was not read: unknown keys and known ones out of place.
    template <typename Visit>
    void for_each_left(Visit&& visit) const {
        for (std::uint64_t left = m_left; left != 0; left &= left - 1) {
            const auto key = static_cast<std::uint32_t>(std::countr_zero(left));
            visit(Value::text(key), m_values[key]);
        }
        for (const auto& [key, value] : m_unknown) visit(key, value);
    }
    [[nodiscard]] bool all_read() const { return m_left == 0 && m_unknown.empty(); }

    [[nodiscard]] static std::optional<std::int64_t> to_integer(const Value& value) {
        switch (value.kind) {
            case Kind::integer:
            case Kind::natural:  // modulo 2^64, as addresses and streams are kept
            case Kind::boolean: return value.as_integer();
            case Kind::real: {
                const double number = value.as_real();
                const bool whole = number >= -0x1p63 && number < 0x1p63 &&
                                   static_cast<double>(static_cast<std::int64_t>(number)) == number;
                return whole ? std::optional(static_cast<std::int64_t>(number)) : std::nullopt;
            }
            default: return std::nullopt;
        }
    }

private:
    static std::size_t index(Key key) { return static_cast<std::size_t>(key); }

    std::array<Value, k_key_names.size()> m_values;
    std::uint64_t m_present = 0;
    std::uint64_t m_left = 0;
    std::vector<std::pair<Value, Value>> m_unknown;
};

}  // namespace snapq::snapshot
