#include "archive/timeline_scanner.hpp"

#include <array>
#include <limits>
#include <string>

#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::archive {
namespace {

constexpr std::size_t k_buffer = std::size_t{64} << 10;

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}
}  // namespace

TimelineScanner::TimelineScanner(ByteSource& text) : m_text(text), m_buffer(k_buffer) {}

void TimelineScanner::fail(std::string_view what) const {
    throw_input(offset(), "{}", what);
}

bool TimelineScanner::at_end() {
    if (m_position < m_filled) return false;
    m_buffer_offset += m_filled;
    m_position = 0;
    m_filled = m_text.read(m_buffer);
    return m_filled == 0;
}

char TimelineScanner::peek() {
    while (!at_end()) {
        if (!is_space(m_buffer[m_position])) return m_buffer[m_position];
        ++m_position;
    }
    fail("the text ends within the timeline");
}

bool TimelineScanner::take(char wanted) {
    if (peek() != wanted) return false;
    ++m_position;
    return true;
}

void TimelineScanner::expect(char wanted) {
    if (!take(wanted)) fail(fmt::format("expected '{}'", wanted));
}

std::string_view TimelineScanner::key() {
    expect('"');
    std::size_t size = 0;
    while (!at_end() && m_buffer[m_position] != '"') {
        if (size == sizeof(m_key)) fail("a member that no element has");
        m_key[size++] = m_buffer[m_position++];
    }
    expect('"');
    expect(':');
    return {m_key, size};
}

std::int64_t TimelineScanner::number() {
    if (!is_digit(peek())) fail("expected a number");
    std::int64_t value = 0;
    while (!at_end() && is_digit(m_buffer[m_position])) {
        const int digit = m_buffer[m_position] - '0';
        if (value > (std::numeric_limits<std::int64_t>::max() - digit) / 10) fail("a number above 63 bits");
        value = value * 10 + digit;
        ++m_position;
    }
    return value;
}

TimelineScanner::Numbers TimelineScanner::numbers() {
    Numbers result;
    expect('[');
    if (take(']')) return result;
    do {
        const std::int64_t value = number();
        if (result.count == 0) result.first = value;
        if (result.count != 0 && value < result.last) result.ascending = false;
        result.last = value;
        ++result.count;
    } while (take(','));
    expect(']');
    return result;
}

ScannedElement TimelineScanner::element() {
    static_cast<void>(peek());
    ScannedElement result{.offset = offset()};
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
            fail(fmt::format("member \"{}\" is unknown or stands there twice", member));
        }
    } while (take(','));
    expect('}');
    if (!timesteps || !offsets || !size)
        throw_input(result.offset, "an element without timesteps, offsets or size");
    if (timesteps->count == 0 || timesteps->count != offsets->count) {
        throw_input(result.offset, "an element of {} timesteps and {} offsets", timesteps->count,
                    offsets->count);
    }
    if (!timesteps->ascending) throw_input(result.offset, "an element whose timesteps go back");
    result.size = *size;
    result.first_timestep = timesteps->first;
    result.last_timestep = timesteps->last;
    result.points = timesteps->count;
    return result;
}

void TimelineScanner::end_of_text() {
    m_ended = true;
    while (!at_end()) {
        if (!is_space(m_buffer[m_position])) fail("text after the end of the timeline");
        ++m_position;
    }
}

std::optional<ScannedElement> TimelineScanner::next() {
    if (m_ended) return std::nullopt;
    const bool first = !m_started;
    if (first) expect('[');
    m_started = true;
    if (take(']')) {
        end_of_text();
        return std::nullopt;
    }
    if (!first) expect(',');
    return element();
}

}  // namespace snapq::archive
