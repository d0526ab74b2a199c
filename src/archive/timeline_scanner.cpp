#include "archive/timeline_scanner.hpp"

#include <array>
#include <limits>
#include <string>

#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::archive {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

}  // namespace

TimelineScanner::TimelineScanner(ByteSource& text) : m_text(text) {}

void TimelineScanner::fail(std::string_view what) const {
    throw_input(m_text.offset(), "{}", what);
}

char TimelineScanner::peek() {
    while (m_text.has_byte()) {
        if (!is_space(m_text.byte())) return m_text.byte();
        m_text.advance(1);
    }
    fail("the text ends inside the timeline");
}

bool TimelineScanner::skip_if(char wanted) {
    if (peek() != wanted) return false;
    m_text.advance(1);
    return true;
}

void TimelineScanner::expect(char wanted) {
    if (!skip_if(wanted)) fail(fmt::format("expected '{}'", wanted));
}

std::string_view TimelineScanner::key() {
    expect('"');
    std::size_t size = 0;
    while (m_text.has_byte() && m_text.byte() != '"') {
        if (size == sizeof(m_key)) fail("the name of a member is too long for an element");
        m_key[size++] = m_text.byte();
        m_text.advance(1);
    }
    expect('"');
    expect(':');
    return {m_key, size};
}

std::int64_t TimelineScanner::number() {
    if (!is_digit(peek())) fail("expected a number");
    std::int64_t value = 0;
    while (m_text.has_byte() && is_digit(m_text.byte())) {
        const int digit = m_text.byte() - '0';
        if (value > (std::numeric_limits<std::int64_t>::max() - digit) / 10)
            fail("a number does not fit into 63 bits");
        value = value * 10 + digit;
        m_text.advance(1);
    }
    return value;
}

TimelineScanner::Numbers TimelineScanner::numbers() {
    Numbers result;
    expect('[');
    if (skip_if(']')) return result;
    do {
        const std::int64_t value = number();
        if (result.count == 0) result.first = value;
        if (result.count != 0 && value < result.last) result.ascending = false;
        result.last = value;
        ++result.count;
    } while (skip_if(','));
    expect(']');
    return result;
}

ScannedElement TimelineScanner::element() {
    static_cast<void>(peek());
    ScannedElement result{.offset = m_text.offset()};
    std::optional<Numbers> timesteps;
    std::optional<Numbers> offsets;
    std::optional<std::int64_t> size;
    expect('{');
    do {
        const std::string_view member = key();
        if (member == "timesteps" && !timesteps) {
            timesteps = numbers();
        } else if (member == "offsets" && !offsets) {
            offsets = numbers();
        } else if (member == "size" && !size) {
            size = number();
        } else {
            fail(fmt::format("member \"{}\" is unknown or is there twice", member));
        }
    } while (skip_if(','));
    expect('}');
    if (!timesteps || !offsets || !size)
        throw_input(result.offset, "an element has no timesteps, offsets or size");
    if (timesteps->count == 0 || timesteps->count != offsets->count) {
        throw_input(result.offset, "an element has {} timesteps and {} offsets", timesteps->count,
                    offsets->count);
    }
    if (!timesteps->ascending) throw_input(result.offset, "the timesteps of an element decrease");
    result.size = *size;
    result.first_timestep = timesteps->first;
    result.last_timestep = timesteps->last;
    result.points = timesteps->count;
    return result;
}

void TimelineScanner::end_of_text() {
    m_ended = true;
    while (m_text.has_byte()) {
        if (!is_space(m_text.byte())) fail("text after the end of the timeline");
        m_text.advance(1);
    }
}

std::optional<ScannedElement> TimelineScanner::next() {
    if (m_ended) return std::nullopt;
    const bool first = !m_started;
    if (first) expect('[');
    m_started = true;
    if (skip_if(']')) {
        end_of_text();
        return std::nullopt;
    }
    if (!first) expect(',');
    return element();
}

}  // namespace snapq::archive
