#include "snapshot/json_reader.hpp"

#include <algorithm>
#include <optional>

#include "json/scan.hpp"
#include "json/token.hpp"
#include "snapshot/keys.hpp"
#include "support/error.hpp"

namespace snapq::snapshot {
namespace {

// Pieces are looked for in the outer levels only: looking costs up to k_longest_piece bytes at each opening
// bracket.
constexpr std::size_t k_deepest_search = 16;

// Shorter arrays (a pool id) are walked faster than they are handed over.
constexpr std::size_t k_shortest_piece = 64;

// No text of a snapshot comes near; without a ceiling a missing quote would draw the file into memory. A text
// may have six bytes for one of its own, and is cut at pickle::k_longest_text.
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

JsonReader::JsonReader(ByteSource& source, pickle::Handler& handler) : m_window(source), m_values(handler) {}

pickle::Value JsonReader::read() {
    value();
    while (m_values.depth() > 0) step();
    check_end();
    return m_values.last();
}

// The byte that is not blank; it stays in the window.
char JsonReader::next_byte() {
    while (m_window.has_byte()) {
        const char c = m_window.byte();
        if (!is_blank(c)) return c;
        m_window.advance(1);
    }
    throw_input(offset(), "the file ends inside the JSON text");
}

// One item of what is open, or its end.
void JsonReader::step() {
    const bool in_object = m_values.in_object();
    char c = next_byte();
    if (c == (in_object ? '}' : ']')) return close();
    if (!m_is_fresh) {
        if (c != ',') refuse(in_object ? "',' or '}'" : "',' or ']'");
        m_window.advance(1);
    }
    if (in_object) key();
    value();
}

void JsonReader::key() {
    if (next_byte() != '"') refuse("a key in quotes");
    text();
    if (next_byte() != ':') refuse("':'");
    m_window.advance(1);
}

void JsonReader::value() {
    const char c = next_byte();
    if (c == '{') return open(true);
    if (c == '[') {
        if (!piece()) open(false);
        return;
    }
    if (c == '"') {
        text();
    } else {
        token();
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

// ---- arrays as a whole ----

bool JsonReader::piece() {
    if (m_values.depth() > k_deepest_search || offset() < m_walk_until) return false;
    const auto length = json::length_of_value(m_window, k_longest_piece);
    if (!length || *length < k_shortest_piece) return false;
    if (!add_piece(m_window.ahead().substr(0, *length))) {
        m_walk_until = offset() + *length;
        return false;
    }
    m_window.advance(*length);
    m_is_fresh = false;
    m_values.hand_over_ready(offset());
    return true;
}

bool JsonReader::add_piece(std::string_view piece) {
    const bool may_be_known = m_values.in_object() &&
                              m_values.last() == pickle::Value::text(static_cast<std::uint32_t>(Key::frames));
    if (!may_be_known) return m_pieces.add(piece, offset(), m_values);
    const auto known = m_known_stacks.find(piece);
    if (known && is_record(*known, Record::stack)) {
        m_values.add(*known);
        return true;
    }
    const bool is_added = m_pieces.add(piece, offset(), m_values);
    if (!known) m_known_stacks.set(is_added ? m_values.last() : pickle::Value::none());
    return is_added;
}

// ---- texts, numbers, words ----

void JsonReader::text() {
    const std::string_view raw = raw_text();
    if (const std::size_t wrong = json::find_control(raw); wrong != std::string_view::npos) {
        throw_input(offset() + 1 + wrong, "a control character stands in a JSON text without an escape");
    }
    if (raw.find('\\') == std::string_view::npos) {
        m_values.text(raw);
    } else {
        const std::size_t wrong = json::unescape(raw, m_unescaped);
        if (wrong != std::string_view::npos) throw_input(offset() + 1 + wrong, "this is no escape of JSON");
        m_values.text(m_unescaped);
    }
    m_window.advance(raw.size() + 2);
}

// What stands between the quotes; the cursor stays before the first.
std::string_view JsonReader::raw_text() {
    std::size_t searched = 1;
    for (;;) {
        const std::string_view ahead = m_window.ahead();
        const std::size_t quote = json::find_closing_quote(ahead, 1, searched);
        if (quote != std::string_view::npos) return ahead.substr(1, quote - 1);
        searched = ahead.size();
        if (searched > k_longest_text)
            throw_input(offset(), "a JSON text has no end within {} bytes", k_longest_text);
        if (!m_window.read_more()) throw_input(offset() + searched, "the file ends inside a JSON text");
    }
}

void JsonReader::token() {
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

// Blanks may follow, and the NUL bytes that the official pages put behind what they embed.
void JsonReader::check_end() {
    while (m_window.has_byte()) {
        const char c = m_window.byte();
        if (!is_blank(c) && c != '\0') throw_input(offset(), "the JSON text goes on behind its end");
        m_window.advance(1);
    }
}

void JsonReader::refuse(const char* wanted) {
    const std::string_view ahead = m_window.ahead();
    const auto byte = static_cast<unsigned char>(ahead[0]);
    const bool is_plain = byte > 0x20 && byte < 0x7f;
    throw_input(offset(), "{} was expected in the JSON text, not {}", wanted,
                is_plain ? fmt::format("'{}'", ahead[0]) : fmt::format("byte 0x{:02x}", byte));
}

}  // namespace snapq::snapshot
