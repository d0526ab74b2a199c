#include "snapshot/json_values.hpp"

#include <simdjson.h>

#include <span>

#include "support/error.hpp"

namespace snapq::snapshot {
namespace {

using pickle::ListState;
using pickle::Value;

// Snapshots are nested 8 levels deep. Python's json module refuses about this depth.
constexpr std::size_t k_deepest = 1000;

// Items of an array that are appended together, as in a pickle of CPython.
constexpr std::size_t k_batch = 1000;

// Capacity that the buffer of a closed level keeps.
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
    const Value finished = level.is_object ? finish_object(base, offset) : finish_array(level, offset);
    m_values.resize(base);
    m_values.push_back(finished);
}

Value JsonValues::finish_array(Level& level, std::uint64_t offset) {
    const std::span<const Value> rest(m_values.data() + level.base, m_values.size() - level.base);
    const Value finished = m_handler.list(level.list, rest, offset);
    m_held.remove(level.list.items.size());
    level.list.items.clear();
    if (level.list.items.capacity() > k_kept_items) level.list.items.shrink_to_fit();
    return finished;
}

// An object in an array can be an entry of a trace. The handler takes it immediately if it has taken all
// items before it. Otherwise those are appended first, and the object's `base` moves down.
Value JsonValues::finish_object(std::size_t& base, std::uint64_t offset) {
    const std::span<const Value> pairs(m_values.data() + base, m_values.size() - base);
    if (!in_array()) return m_handler.dict(pairs, nullptr, false, offset);
    Level& array = m_levels[m_depth - 1];
    const std::size_t pending = base - array.base;
    const bool in_order = pending == 0 || (pending == 1 && m_handler.is_taken(m_values[array.base]));
    const Value finished = m_handler.dict(pairs, in_order ? &array.list : nullptr, !in_order, offset);
    if (finished != pickle::k_not_yet) return finished;
    const std::vector<Value> copy(pairs.begin(), pairs.end());
    m_values.resize(base);
    hand_over(array, offset);
    base = array.base;
    return m_handler.dict(copy, &array.list, false, offset);
}

void JsonValues::hand_over_ready(std::uint64_t offset) {
    if (!in_array()) return check_entries(offset);
    Level& array = m_levels[m_depth - 1];
    const std::size_t count = m_values.size() - array.base;
    // Only the last of millions of trace entries is kept here.
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
        m_held.add(items.size(), offset);
        array.list.items.insert(array.list.items.end(), items.begin(), items.end());
    }
    m_values.resize(array.base);
}

namespace {

namespace dom = simdjson::dom;
using pickle::Value;

// A trace entry is nested 3 levels deep, and 5 levels with the lists around it.
constexpr std::size_t k_deepest_array = 32;

// The parser limits the depth of the recursion.
void add_element(const dom::element& element, std::uint64_t offset, JsonValues& to) {
    switch (element.type()) {
        case dom::element_type::NULL_VALUE: return to.add(Value::none());
        case dom::element_type::BOOL: return to.add(Value::boolean(bool(element)));
        case dom::element_type::INT64: return to.add(Value::integer(std::int64_t(element)));
        case dom::element_type::UINT64: return to.add(Value::natural(std::uint64_t(element)));
        case dom::element_type::DOUBLE: return to.add(Value::real(double(element)));
        case dom::element_type::STRING: return to.text(std::string_view(element));
        case dom::element_type::ARRAY:
            to.open_array(offset);
            for (const dom::element item : dom::array(element)) {
                add_element(item, offset, to);
                to.hand_over_ready(offset);
            }
            return to.close(offset);
        case dom::element_type::OBJECT:
            to.open_object(offset);
            for (const dom::key_value_pair pair : dom::object(element)) {
                to.text(pair.key);
                add_element(pair.value, offset, to);
            }
            return to.close(offset);
    }
}

}  // namespace

struct JsonDom::Parser {
    dom::parser parser{k_longest_array};
};

JsonDom::JsonDom() : m_parser(std::make_unique<Parser>()) {
    if (m_parser->parser.allocate(k_longest_array, k_deepest_array) != simdjson::SUCCESS) {
        throw SystemError("not enough memory for the JSON parser");
    }
}

JsonDom::~JsonDom() = default;

bool JsonDom::add(std::string_view array, std::uint64_t offset, JsonValues& to) {
    dom::element root;
    // `false`: the bytes after the array are readable, so simdjson need not copy it.
    if (m_parser->parser.parse(array.data(), array.size(), false).get(root) != simdjson::SUCCESS)
        return false;
    add_element(root, offset, to);
    return true;
}

}  // namespace snapq::snapshot
