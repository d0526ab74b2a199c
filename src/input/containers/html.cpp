// The HTML pages of PyTorch's viewer.

#include "input/containers/html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "input/container.hpp"
#include "input/sniff.hpp"

namespace snapq::input {
namespace {

constexpr std::string_view k_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view k_key = "\"base64\"";
constexpr std::uint8_t k_no_digit = 64;

constexpr std::array<std::uint8_t, 256> make_digits() {
    std::array<std::uint8_t, 256> digits{};
    digits.fill(k_no_digit);
    for (std::size_t i = 0; i < k_alphabet.size(); ++i) {
        digits[static_cast<unsigned char>(k_alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return digits;
}
constexpr std::array<std::uint8_t, 256> k_digits = make_digits();

std::uint32_t digit(char character) {
    return k_digits[static_cast<unsigned char>(character)];
}

bool is_blank(char character) {
    return character == ' ' || character == '\n' || character == '\r' || character == '\t';
}

}  // namespace

HtmlSource::HtmlSource(std::unique_ptr<io::Window> page, io::ErrorContext origin)
    : m_page(std::move(page)), m_origin(std::move(origin)) {}

std::size_t HtmlSource::read(std::span<char> into) {
    if (into.empty()) return 0;
    std::size_t filled = 0;
    while (m_state != State::behind && filled < into.size()) {
        if (m_state == State::before) find_text();
        filled += decode_groups(m_page->peek(1), into.subspan(filled));
        if (filled < into.size()) filled += decode_one(next(), into.subspan(filled));
    }
    return filled;
}

// The key may also occur in a script of the page. It is the right one only when a text follows it.
void HtmlSource::find_text() {
    while (find(k_key)) {
        skip_blanks();
        if (!next_is(':')) continue;
        skip_blanks();
        if (!next_is('"')) continue;
        m_state = State::inside;
        m_found_one = true;
        return;
    }
    refuse_page();
}

void HtmlSource::refuse_page() {
    if (m_found_one) m_origin.fail(m_page->offset(), "the list of snapshots is damaged");
    const OtherFile file = m_kind.file();
    InputError error(m_origin.file, fmt::format("this is {}, without an embedded snapshot", file.what));
    error.with_hint(std::string(file.hint));
    throw error;
}

bool HtmlSource::find(std::string_view needle) {
    while (true) {
        const std::string_view text = m_page->peek(PageKind::k_overlap + 1);
        look_at_new(text);
        const std::size_t at = text.find(needle);
        if (at != std::string_view::npos) {
            m_page->skip(at + needle.size());
            return true;
        }
        if (text.size() <= PageKind::k_overlap) return false;
        m_page->skip(text.size() - PageKind::k_overlap);
    }
}

// Each byte is looked at once, apart from the overlap, however often the key occurs.
void HtmlSource::look_at_new(std::string_view text) {
    const std::uint64_t start = m_page->offset();
    const std::uint64_t end = start + text.size();
    if (end <= m_looked_at) return;
    const std::uint64_t from = std::max(start + PageKind::k_overlap, m_looked_at) - PageKind::k_overlap;
    m_kind.look_at(text.substr(from - start));
    m_looked_at = end;
}

std::size_t HtmlSource::decode_groups(std::string_view text, std::span<char> into) {
    if (m_bit_count != 0) return 0;
    std::size_t at = 0;
    std::size_t filled = 0;
    while (text.size() - at >= 4 && into.size() - filled >= 3) {
        const std::uint32_t a = digit(text[at]);
        const std::uint32_t b = digit(text[at + 1]);
        const std::uint32_t c = digit(text[at + 2]);
        const std::uint32_t d = digit(text[at + 3]);
        if (((a | b | c | d) & k_no_digit) != 0) break;
        const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
        into[filled] = static_cast<char>(group >> 16);
        into[filled + 1] = static_cast<char>(group >> 8);
        into[filled + 2] = static_cast<char>(group);
        at += 4;
        filled += 3;
    }
    m_page->skip(at);
    return filled;
}

std::size_t HtmlSource::decode_one(char character, std::span<char> into) {
    const std::uint32_t value = digit(character);
    if (value == k_no_digit) {
        // Some programs that write JSON into pages write every slash as `\/`.
        if (character == '\\' && next_is('/')) return decode_one('/', into);
        end_text(character);
        return 0;
    }
    m_bits = m_bits << 6 | value;
    m_bit_count += 6;
    if (m_bit_count < 8) return 0;
    m_bit_count -= 8;
    into[0] = static_cast<char>(m_bits >> m_bit_count);
    return 1;
}

// Padding is optional, as in browsers. A single remaining character is damage.
void HtmlSource::end_text(char character) {
    for (int padding = 0; character == '=' && padding < 2; ++padding) character = next();
    if (character != '"') m_origin.fail(m_page->offset() - 1, "a character that is not base64");
    if (m_bit_count == 6)
        m_origin.fail(m_page->offset() - 1,
                      "the base64 text is incomplete: its last group has only one character");
    m_bits = 0;
    m_bit_count = 0;
    continue_array();
}

// After the text only further text members of the object may follow, then the end of the array or another
// object.
void HtmlSource::continue_array() {
    skip_blanks();
    while (next_is(',')) {
        skip_blanks();
        skip_json_string();
        skip_blanks();
        if (!next_is(':')) m_origin.fail(m_page->offset(), "the list of snapshots is damaged");
        skip_blanks();
        skip_json_string();
        skip_blanks();
    }
    if (next() != '}') m_origin.fail(m_page->offset() - 1, "the list of snapshots is damaged");
    skip_blanks();
    m_state = next_is(',') ? State::before : State::behind;
    if (m_state == State::behind && next() != ']')
        m_origin.fail(m_page->offset() - 1, "the list of snapshots is damaged");
}

void HtmlSource::skip_blanks() {
    for (std::string_view text = m_page->peek(1); !text.empty() && is_blank(text.front());
         text = m_page->peek(1)) {
        m_page->skip(1);
    }
}

void HtmlSource::skip_json_string() {
    if (next() != '"') m_origin.fail(m_page->offset() - 1, "the list of snapshots is damaged");
    for (char character = next(); character != '"'; character = next()) {
        if (character == '\\') next();
    }
}

char HtmlSource::next() {
    const std::string_view text = m_page->peek(1);
    if (text.empty()) m_origin.fail_truncated(m_page->offset());
    const char character = text.front();
    m_page->skip(1);
    return character;
}

bool HtmlSource::next_is(char character) {
    const std::string_view text = m_page->peek(1);
    if (text.empty() || text.front() != character) return false;
    m_page->skip(1);
    return true;
}

namespace {

// Accepts any page. If it has no snapshot, the error says which kind of page it is.
bool begins_html(std::string_view head) {
    return first_text_byte(head) == '<';
}

Unpacked open_html(Packed packed) {
    return {std::make_unique<HtmlSource>(std::move(packed.window), std::move(packed.context))};
}

}  // namespace

extern const Container k_html;
const Container k_html{"html", begins_html, open_html};

}  // namespace snapq::input
