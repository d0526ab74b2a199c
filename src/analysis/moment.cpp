#include "analysis/moment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include "support/error.hpp"

namespace snapq::analysis {
namespace {

struct Word {
    std::string_view text;
    Moment::Kind kind;
    bool takes_number;
};

// A moment that begins with '+' has no word.
constexpr Word k_words[] = {
    {"peak", Moment::Kind::peak, false},   {"reserved-peak", Moment::Kind::reserved_peak, false},
    {"start", Moment::Kind::start, false}, {"end", Moment::Kind::end, false},
    {"oom", Moment::Kind::oom, true},      {"event", Moment::Kind::event, true},
    {"time", Moment::Kind::time, true},    {"timestep", Moment::Kind::timestep, true},
    {"span", Moment::Kind::span, false},   {"step", Moment::Kind::step, true},
};

const Word& word_of(Moment::Kind kind) {
    for (const Word& word : k_words) {
        if (word.kind == kind) return word;
    }
    return k_words[0];
}

[[noreturn]] void refuse(std::string_view text) {
    std::string forms;
    for (const MomentForm& form : moment_forms()) {
        if (!forms.empty()) forms += ", ";
        forms += form.form;
    }
    throw UsageError(fmt::format("'{}' is not a moment", text)).with_hint("moments are " + forms);
}

std::optional<std::int64_t> integer_of(std::string_view text) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ptr != end || parsed.ec != std::errc() || text.empty()) return std::nullopt;
    return number;
}

struct TimeUnit {
    std::string_view name;
    std::int64_t microseconds;
};

// The largest first.
constexpr TimeUnit k_time_units[] = {
    {"min", 60'000'000}, {"s", 1'000'000}, {"ms", 1'000}, {"us", 1}, {"µs", 1}};

// An offset above this is refused. It is longer than any recording, and exact as a double.
constexpr double k_most_microseconds = 9e15;

// "+83s", "+1.5 ms": microseconds.
std::optional<std::int64_t> offset_of(std::string_view text) {
    if (!text.starts_with('+')) return std::nullopt;
    const char* end = text.data() + text.size();
    double number = 0;
    const auto parsed = std::from_chars(text.data() + 1, end, number, std::chars_format::fixed);
    if (parsed.ec != std::errc() || !(number >= 0) || std::signbit(number)) return std::nullopt;
    std::string_view unit(parsed.ptr, static_cast<std::size_t>(end - parsed.ptr));
    if (unit.starts_with(' ')) unit.remove_prefix(1);
    const auto* found = std::ranges::find(k_time_units, unit, &TimeUnit::name);
    if (found == std::end(k_time_units)) return std::nullopt;
    const double microseconds = number * static_cast<double>(found->microseconds);
    if (!(microseconds <= k_most_microseconds)) return std::nullopt;
    return std::llround(microseconds);
}

// In the largest unit that needs no fraction.
std::string offset_text(std::int64_t microseconds) {
    const auto* unit = std::ranges::find_if(k_time_units, [microseconds](const TimeUnit& one) {
        return one.name != "min" && microseconds % one.microseconds == 0;
    });
    return fmt::format("+{}{}", microseconds / unit->microseconds, unit->name);
}

}  // namespace

const std::vector<MomentForm>& moment_forms() {
    static const std::vector<MomentForm> forms{
        {"peak", "when the requested bytes were highest"},
        {"reserved-peak", "when the reserved bytes were highest"},
        {"start", "before the first event"},
        {"end", "after the last event"},
        {"oom[:N]", "at out-of-memory number N, from 0 (default)"},
        {"event:N", "after event N of the device's trace"},
        {"time:US", "at a time in Unix microseconds, as in the trace"},
        {"+83s", "at a time since the device's first event; also +1.5ms, +20us, +2min"},
        {"timestep:N", "at step N of allocations.json"},
        {"span:NAME", "at the peak of an annotated span; NAME#N or NAME[N]: number N of that name, from 0"},
        {"step:N", "at the peak of step N, from 0 (query --named steps lists them)"},
    };
    return forms;
}

Moment parse_moment(std::string_view text) {
    if (text.starts_with('+')) {
        const auto offset = offset_of(text);
        if (!offset) refuse(text);
        return {Moment::Kind::offset, *offset, {}};
    }
    const std::size_t colon = text.find(':');
    const std::string_view head = text.substr(0, colon);
    const bool has_argument = colon != std::string_view::npos;
    const std::string_view argument = has_argument ? text.substr(colon + 1) : std::string_view();
    for (const Word& word : k_words) {
        if (word.text != head) continue;
        Moment moment;
        moment.kind = word.kind;
        if (word.kind == Moment::Kind::oom && !has_argument) return moment;
        const bool wants_argument = word.takes_number || word.kind == Moment::Kind::span;
        if (has_argument != wants_argument || (has_argument && argument.empty())) refuse(text);
        if (word.takes_number) {
            const auto number = integer_of(argument);
            if (!number) refuse(text);
            moment.number = *number;
        } else {
            moment.name = argument;
        }
        return moment;
    }
    refuse(text);
}

std::string text_of(const Moment& moment) {
    if (moment.kind == Moment::Kind::offset) return offset_text(moment.number);
    const Word& word = word_of(moment.kind);
    if (moment.kind == Moment::Kind::span) return fmt::format("{}:{}", word.text, moment.name);
    if (word.takes_number) return fmt::format("{}:{}", word.text, moment.number);
    return std::string(word.text);
}

}  // namespace snapq::analysis
