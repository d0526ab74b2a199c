// The types of records, which is what containers become after the builder has seen them, and the values of
// one dict, indexed by known key.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pickle/handler.hpp"
#include "snapshot/keys.hpp"

namespace snapq::snapshot {

using pickle::Kind;
using pickle::Value;

// Value::type of a record. Value::id is an index into:
enum class Record : std::uint8_t {
    frame,       // Symbols' frames
    stack,       // Symbols' stacks: a list of frames, and any empty list
    event,       // all events of all traces, numbered as they were read
    trace,       // the builder's traces: a list of trace entries
    block,       // the builder's blocks
    segment,     // the builder's segments
    annotation,  // the builder's annotations
    pair,        // the builder's pairs: two integers, such as a pool id
    sequence,    // the builder's sequences: a list of records of one type, or of text
    snapshot,    // the builder's snapshots: a dict with segments or device_traces
    extra,       // ExtraValues: any other list or dict
    dropped,     // nothing: the value is too large and is only counted
};

// The first number of a sequence is the type of the others: a Record, or this one for texts.
inline constexpr std::uint32_t k_text_sequence = 0xff;

[[nodiscard]] inline Value record(Record type, std::uint32_t id) {
    return Value::record(static_cast<std::uint8_t>(type), id);
}
[[nodiscard]] inline bool is_record(const Value& value, Record type) {
    return value.is_record(static_cast<std::uint8_t>(type));
}

// One object is reused for all dicts, and `fill` writes only the values that a dict has. Fields that have not
// been read at the end go to table `extra`.
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
        m_unread = m_present;
    }

    [[nodiscard]] bool has(Key key) const { return (m_present >> index(key) & 1U) != 0; }

    // The value of a key that the dict has; marks it as read.
    const Value& read(Key key) {
        m_unread &= ~(std::uint64_t{1} << index(key));
        return m_values[index(key)];
    }
    // The value without marking it.
    [[nodiscard]] const Value& peek(Key key) const { return m_values[index(key)]; }
    void mark_read(Key key) { static_cast<void>(read(key)); }

    // Stores the integer of `key` in `into` and marks the key as read. False when the dict has no such key or
    // the value is not an integer. Booleans and whole reals are accepted, since tools of users turn integers
    // into reals.
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
    // The same for kinds of records of which there are few: returning an optional takes longer than all other
    // work on a field.
    std::optional<std::int64_t> integer(Key key) {
        std::int64_t number = 0;
        return integer(key, number) ? std::optional(number) : std::nullopt;
    }
    // The text of `key`, or none.
    TextId text(Key key) {
        if (!has(key) || !m_values[index(key)].is_text()) return TextId();
        return TextId(read(key).id);
    }

    // Calls `visit(key, value)` for each field that was not read.
    template <typename Visit>
    void for_each_unread(Visit&& visit) const {
        for (std::uint64_t unread = m_unread; unread != 0; unread &= unread - 1) {
            const auto key = static_cast<std::uint32_t>(std::countr_zero(unread));
            visit(Value::text(key), m_values[key]);
        }
        for (const auto& [key, value] : m_unknown) visit(key, value);
    }
    [[nodiscard]] bool all_read() const { return m_unread == 0 && m_unknown.empty(); }

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
    std::uint64_t m_unread = 0;
    std::vector<std::pair<Value, Value>> m_unknown;
};

}  // namespace snapq::snapshot
