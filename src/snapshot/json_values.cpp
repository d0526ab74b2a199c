#include "snapshot/json_values.hpp"

#include <span>

#include "support/error.hpp"

namespace snapq::snapshot {
namespace {

using pickle::ListState;
using pickle::Value;

// Snapshots nest 8 deep; Python's own reader of JSON gives up at about this depth.
constexpr std::size_t k_deepest = 1000;

// As many items of an array wait, as in a pickle by CPython.
constexpr std::size_t k_batch = 1000;

// A level that is closed keeps this much of its buffer.
constexpr std::size_t k_kept_items = 1024;

}  // namespace

void JsonValues::open(bool is_object, std::uint64_t offset) {
    if (m_depth >= k_deepest)
        throw_input(offset, "the JSON text is nested more than {} levels deep", k_deepest);
    if (m_depth == m_levels.size()) m_levels.emplace_back();
    Level& level = m_levels[m_depth++];
    level.is_object = is_object;
    level.base = m_values.size();
    level.list.stream = ListState::k_no_stream;
}

void JsonValues::close(std::uint64_t offset) {
    Level& level = m_levels[--m_depth];
    std::size_t base = level.base;
    const Value made = level.is_object ? finish_object(base, offset) : finish_array(level, offset);
    m_values.resize(base);
    m_values.push_back(made);
}

Value JsonValues::finish_array(Level& level, std::uint64_t offset) {
    const std::span<const Value> rest(m_values.data() + level.base, m_values.size() - level.base);
    const Value made = m_handler.list(level.list, rest, offset);
    m_kept.remove(level.list.items.size());
    level.list.items.clear();
    if (level.list.items.capacity() > k_kept_items) level.list.items.shrink_to_fit();
    return made;
}

// An object in an array may be an entry of a trace, which its list takes at once if it has all those before
// it. If not, the array hands over what waits, and the object's place (`base`) moves down.
Value JsonValues::finish_object(std::size_t& base, std::uint64_t offset) {
    const std::span<const Value> pairs(m_values.data() + base, m_values.size() - base);
    if (!in_array()) return m_handler.dict(pairs, nullptr, false, offset);
    Level& array = m_levels[m_depth - 1];
    const std::size_t waiting = base - array.base;
    const bool in_order = waiting == 0 || (waiting == 1 && m_handler.is_taken(m_values[array.base]));
    const Value made = m_handler.dict(pairs, in_order ? &array.list : nullptr, !in_order, offset);
    if (made != pickle::k_not_yet) return made;
    const std::vector<Value> kept(pairs.begin(), pairs.end());
    m_values.resize(base);
    hand_over(array, offset);
    base = array.base;
    return m_handler.dict(kept, &array.list, false, offset);
}

void JsonValues::hand_over_ready(std::uint64_t offset) {
    if (!in_array()) return check_entries(offset);
    Level& array = m_levels[m_depth - 1];
    const std::size_t count = m_values.size() - array.base;
    // Of a million trace entries only the last one waits.
    if (count == 2 && m_handler.is_taken(m_values[array.base]) && m_handler.is_taken(m_values.back())) {
        m_values[array.base] = m_values.back();
        m_values.pop_back();
    } else if (count >= k_batch) {
        hand_over(array, offset);
    }
}

void JsonValues::check_entries(std::uint64_t offset) const {
    if (m_values.size() > pickle::stack_limit(offset)) {
        throw_input(offset, "open objects hold {} keys and values, more than any file has in so few bytes",
                    m_values.size());
    }
}

void JsonValues::hand_over(Level& array, std::uint64_t offset) {
    const std::span<const Value> items(m_values.data() + array.base, m_values.size() - array.base);
    if (!m_handler.append(array.list, items, offset)) {
        m_kept.add(items.size(), offset);
        array.list.items.insert(array.list.items.end(), items.begin(), items.end());
    }
    m_values.resize(array.base);
}

}  // namespace snapq::snapshot
