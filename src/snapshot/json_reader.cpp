#include "snapshot/json_reader.hpp"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <span>

#include "snapshot/keys.hpp"
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

namespace {

// Arrays are parsed as a whole only in the outer levels: the search for the end of an array reads up to
// k_longest_array bytes, and it would be repeated in each level.
constexpr std::size_t k_deepest_array_level = 16;

// Shorter arrays, such as a pool id, are faster to read token by token.
constexpr std::size_t k_shortest_array = 64;

// The longest string in bytes, far longer than in any snapshot. Without a limit, a missing quote would read
// the whole file into memory. A character can take six bytes, and the text is truncated at
// pickle::k_longest_text.
constexpr std::size_t k_longest_text = std::size_t{16} << 20;
constexpr std::size_t k_longest_token = 4096;

bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

pickle::Value value_of(std::monostate) {
    return pickle::Value::none();
}
pickle::Value value_of(bool value) {
    return pickle::Value::boolean(value);
}
pickle::Value value_of(std::int64_t value) {
    return pickle::Value::integer(value);
}
pickle::Value value_of(std::uint64_t value) {
    return pickle::Value::natural(value);
}
pickle::Value value_of(double value) {
    return pickle::Value::real(value);
}

}  // namespace

JsonReader::JsonReader(json::JsonWindow& window, pickle::Handler& handler)
    : m_window(window), m_values(handler) {}

pickle::Value JsonReader::read() {
    read_value();
    while (m_values.depth() > 0) read_item_or_end();
    return m_values.last();
}

// Skips blanks and returns the byte after them, which stays in the window.
char JsonReader::next_byte() {
    while (m_window.has_byte()) {
        const char c = m_window.byte();
        if (!is_blank(c)) return c;
        m_window.advance(1);
    }
    throw TruncatedError(offset(), "the JSON text");
}

// Reads the next item of the innermost object or array, or its end.
void JsonReader::read_item_or_end() {
    const bool in_object = m_values.in_object();
    char c = next_byte();
    if (c == (in_object ? '}' : ']')) return close();
    if (!m_is_fresh) {
        if (c != ',') refuse(in_object ? "',' or '}'" : "',' or ']'");
        m_window.advance(1);
    }
    if (in_object) read_key();
    read_value();
}

void JsonReader::read_key() {
    if (next_byte() != '"') refuse("a key in quotes");
    read_text();
    if (next_byte() != ':') refuse("':'");
    m_window.advance(1);
}

void JsonReader::read_value() {
    const char c = next_byte();
    if (c == '{') return open(true);
    if (c == '[') {
        if (!read_whole_array()) open(false);
        return;
    }
    if (c == '"') {
        read_text();
    } else {
        read_token();
    }
    m_is_fresh = false;
    m_values.hand_over_ready(offset());
}

void JsonReader::open(bool is_object) {
    is_object ? m_values.open_object(offset()) : m_values.open_array(offset());
    m_window.advance(1);
    m_is_fresh = true;
}

void JsonReader::close() {
    m_values.close(offset());
    m_window.advance(1);
    m_is_fresh = false;
    m_values.hand_over_ready(offset());
}

// ---- arrays for simdjson ----

bool JsonReader::read_whole_array() {
    if (m_values.depth() > k_deepest_array_level || offset() < m_by_token_until) return false;
    const auto length = json::length_of_value(m_window, k_longest_array);
    if (!length || *length < k_shortest_array) return false;
    if (!add_whole_array(m_window.ahead().substr(0, *length))) {
        m_by_token_until = offset() + *length;
        return false;
    }
    m_window.advance(*length);
    m_is_fresh = false;
    m_values.hand_over_ready(offset());
    return true;
}

bool JsonReader::add_whole_array(std::string_view array) {
    const bool may_be_stack = m_values.in_object() &&
                              m_values.last() == pickle::Value::text(static_cast<std::uint32_t>(Key::frames));
    if (!may_be_stack) return m_dom.add(array, offset(), m_values);
    const auto known = m_stack_cache.find(array);
    if (known && is_record(*known, Record::stack)) {
        m_values.add(*known);
        return true;
    }
    const bool is_added = m_dom.add(array, offset(), m_values);
    if (!known) m_stack_cache.set(is_added ? m_values.last() : pickle::Value::none());
    return is_added;
}

// ---- texts, numbers, words ----

void JsonReader::read_text() {
    const std::string_view raw = raw_text();
    if (const std::size_t wrong = json::find_control(raw); wrong != std::string_view::npos) {
        throw_input(offset() + 1 + wrong, "a control character in a JSON string is not escaped");
    }
    if (raw.find('\\') == std::string_view::npos) {
        m_values.text(raw);
    } else {
        const std::size_t wrong = json::unescape(raw, m_unescaped);
        if (wrong != std::string_view::npos)
            throw_input(offset() + 1 + wrong, "this is not a valid JSON escape");
        m_values.text(m_unescaped);
    }
    m_window.advance(raw.size() + 2);
}

// The contents of a string. The cursor stays before its first quote.
std::string_view JsonReader::raw_text() {
    std::size_t searched = 1;
    for (;;) {
        const std::string_view ahead = m_window.ahead();
        const std::size_t quote = json::find_closing_quote(ahead, 1, searched);
        if (quote != std::string_view::npos) return ahead.substr(1, quote - 1);
        searched = ahead.size();
        if (searched > k_longest_text)
            throw_input(offset(), "a JSON string is longer than {} bytes", k_longest_text);
        if (!m_window.read_more()) throw TruncatedError(offset() + searched, "a JSON string");
    }
}

void JsonReader::read_token() {
    std::size_t length = 0;
    for (;;) {
        const std::string_view ahead = m_window.ahead();
        while (length < ahead.size() && json::is_token_byte(ahead[length])) ++length;
        if (length < ahead.size() || length > k_longest_token || !m_window.read_more()) break;
    }
    const auto value =
        length > k_longest_token ? std::nullopt : json::parse_token(m_window.ahead().substr(0, length));
    if (!value) refuse("a value");
    m_values.add(std::visit([](auto scalar) { return value_of(scalar); }, *value));
    m_window.advance(length);
}

bool JsonReader::another_follows() {
    for (; m_window.has_byte(); m_window.advance(1)) {
        const char c = m_window.byte();
        if (c == '{' || c == '[') return true;
        if (!is_blank(c) && c != '\0')
            throw_input(offset(), "there is more text after the end of the JSON value");
    }
    return false;
}

void JsonReader::refuse(const char* wanted) {
    const std::string_view ahead = m_window.ahead();
    const auto byte = static_cast<unsigned char>(ahead[0]);
    const bool is_plain = byte > 0x20 && byte < 0x7f;
    throw_input(offset(), "expected {} in the JSON text, not {}", wanted,
                is_plain ? fmt::format("'{}'", ahead[0]) : fmt::format("byte 0x{:02x}", byte));
}

}  // namespace snapq::snapshot
