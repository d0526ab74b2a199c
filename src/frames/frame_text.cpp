#include "frames/frame_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <string_view>
#include <utility>

#include "frames/frame_class.hpp"
#include "support/numbers.hpp"

namespace snapq::frames {
namespace {

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool has_drive(std::string_view filename) {
    return filename.size() > 1 && filename[1] == ':' && lower(filename[0]) >= 'a' &&
           lower(filename[0]) <= 'z';
}

}  // namespace

FramePath::FramePath(std::string_view filename)
    : m_windows(has_drive(filename) || filename.find('\\') != std::string_view::npos) {
    const std::string_view separators = m_windows ? "/\\" : "/";
    m_absolute = has_drive(filename) || separators.find(filename.substr(0, 1)) != std::string_view::npos;
    m_text.reserve(filename.size());
    for (std::size_t at = 0; at < filename.size();) {
        const std::size_t end = std::min(filename.find_first_of(separators, at), filename.size());
        append(filename.substr(at, end - at));
        at = end + 1;
    }
}

void FramePath::append(std::string_view component) {
    if (component.empty() || component == ".") return;
    if (component == ".." && !m_starts.empty()) {
        m_text.resize(m_starts.back() == 0 ? 0 : m_starts.back() - 1);
        m_starts.pop_back();
        return;
    }
    if (!m_starts.empty()) m_text += '/';
    m_starts.push_back(m_text.size());
    m_text += component;
    if (m_windows)
        std::transform(m_text.end() - static_cast<std::ptrdiff_t>(component.size()), m_text.end(),
                       m_text.end() - static_cast<std::ptrdiff_t>(component.size()), lower);
}

std::size_t FramePath::end_of(std::size_t index) const {
    return index + 1 < m_starts.size() ? m_starts[index + 1] - 1 : m_text.size();
}

std::string_view FramePath::part(std::size_t index, std::size_t count) const {
    if (count == 0 || index + count > m_starts.size()) return {};
    const std::size_t begin = m_starts[index];
    return std::string_view(m_text).substr(begin, end_of(index + count - 1) - begin);
}

std::string_view base_name(std::string_view filename) {
    return filename.substr(filename.find_last_of("/\\") + 1);  // npos + 1 is 0
}

namespace {

// A number that differs from run to run, and what is removed together with it.
struct CounterRule {
    std::string_view before;   // the text in front of the number
    char after;                // the character after it
    std::size_t erase_before;  // characters of `before` that are removed
    bool erase_after;
    bool names_cell;  // nothing else in the filename tells the cell from others
};

constexpr std::array k_rules{
    CounterRule{"ipykernel_", '/', 1, false, false},      // Jupyter: process
    CounterRule{"xpython_", '/', 1, false, false},        // xeus-python: process
    CounterRule{"/.ipykernel/", '/', 0, true, false},     // Databricks: process
    CounterRule{"/ipython-input-", '-', 0, true, false},  // Colab: counter, then a hash
    CounterRule{"<ipython-input-", '-', 0, true, false},  // IPython: counter, then a hash
    CounterRule{"<ipython-input-", '>', 1, false, true}, CounterRule{"Cell In[", ']', 1, true, true},
    CounterRule{"Input In [", ']', 2, true, true},
};

struct Digits {
    std::size_t begin = 0;
    std::size_t end = 0;
};

std::optional<Digits> find_number(std::string_view filename, const CounterRule& rule) {
    const std::size_t at = filename.find(rule.before);
    if (at == std::string_view::npos) return std::nullopt;
    const std::size_t begin = at + rule.before.size();
    const std::size_t end = filename.find_first_not_of("0123456789", begin);
    if (end == std::string_view::npos || end == begin || filename[end] != rule.after) return std::nullopt;
    return Digits{begin, end};
}

}  // namespace

std::string without_counters(std::string filename) {
    for (const CounterRule& rule : k_rules) {
        const auto number = find_number(filename, rule);
        if (!number) continue;
        const std::size_t begin = number->begin - rule.erase_before;
        filename.erase(begin, number->end + (rule.erase_after ? 1 : 0) - begin);
    }
    return filename;
}

std::optional<std::int64_t> counter_of_cell(std::string_view filename) {
    for (const CounterRule& rule : k_rules) {
        if (!rule.names_cell) continue;
        const auto number = find_number(filename, rule);
        if (!number) continue;
        std::int64_t counter = 0;
        const auto parsed =
            std::from_chars(filename.data() + number->begin, filename.data() + number->end, counter);
        if (parsed.ec == std::errc()) return counter;
    }
    return std::nullopt;
}

namespace {

constexpr std::string_view k_resumed = "torch_dynamo_resume_in_";
constexpr std::string_view k_resumed_before_2_1 = "<resume in ";
constexpr std::string_view k_digits = "0123456789";

// "forward_at_501" becomes "forward".
std::string_view without_break_line(std::string_view name) {
    const std::size_t last = name.find_last_not_of(k_digits);
    if (last == std::string_view::npos || last + 1 == name.size()) return name;
    const std::string_view head = name.substr(0, last + 1);
    return head.ends_with("_at_") ? head.substr(0, head.size() - 4) : name;
}

std::string_view without_number(std::string_view line) {
    const std::size_t end = line.starts_with('(') ? line.find(") ") : std::string_view::npos;
    return end == std::string_view::npos ? line : line.substr(end + 2);
}

}  // namespace

std::optional<FrameText> parse_frame_line(std::string_view text) {
    text = without_number(text);
    for (std::size_t colon = text.find(':'); colon != std::string_view::npos;
         colon = text.find(':', colon + 1)) {
        std::size_t end = colon + 1;
        while (end < text.size() && is_digit(text[end])) ++end;
        if (end == colon + 1 || end == text.size() || text[end] != ':') continue;
        FrameText frame{text.substr(0, colon), 0, text.substr(end + 1)};
        std::from_chars(text.data() + colon + 1, text.data() + end, frame.line);
        return frame;
    }
    return std::nullopt;
}

void append_frame_line(std::size_t depth, std::string_view filename, std::int64_t line, std::string_view name,
                       std::string& into) {
    const auto out = std::back_inserter(into);
    if (line == -1) {
        fmt::format_to(out, "({}) {}:?:{}", depth, filename, name);
    } else {
        fmt::format_to(out, "({}) {}:{}:{}", depth, filename, line, name);
    }
}

std::optional<FrameText> next_frame(std::string_view& rest) {
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::optional<FrameText> frame = parse_frame_line(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (frame) return frame;
    }
    return std::nullopt;
}

std::string stable_function(std::string_view name) {
    // A qualified name has the class before the prefix: Model.torch_dynamo_resume_in_forward_at_9.
    const std::size_t at = name.find(k_resumed);
    if (at != std::string_view::npos && (at == 0 || name[at - 1] == '.')) {
        std::string_view rest = name.substr(at);
        while (rest.starts_with(k_resumed)) rest = without_break_line(rest.substr(k_resumed.size()));
        return std::string(name.substr(0, at)) + std::string(rest);
    }
    if (name.starts_with(k_resumed_before_2_1) && name.ends_with('>')) {
        name.remove_prefix(k_resumed_before_2_1.size());
        name.remove_suffix(1);
    }
    return std::string(name);
}

std::string stable_filename(std::string_view filename) {
    std::string stable(filename);
    std::ranges::replace(stable, '\\', '/');
    return without_counters(std::move(stable));
}

namespace {

bool starts_program(const FrameText& frame) {
    constexpr std::string_view k_starts[] = {"<module>", "_run_module_as_main", "_bootstrap"};
    return std::ranges::find(k_starts, frame.name) != std::end(k_starts);
}

bool is_internal(const FrameText& frame) {
    return role_of_frame(frame.filename, frame.name, frame.line) == FrameRole::internal;
}

}  // namespace

std::optional<FrameText> parse_traceback_entry(std::string_view text) {
    constexpr std::string_view k_file = "File \"";
    constexpr std::string_view k_line = "\", line ";
    constexpr std::string_view k_name = ", in ";
    text = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (!text.starts_with(k_file)) return std::nullopt;
    text.remove_prefix(k_file.size());
    // The last one, because a file name may contain anything.
    const std::size_t file_end = text.rfind(k_line);
    if (file_end == std::string_view::npos) return std::nullopt;
    FrameText frame{text.substr(0, file_end), 0, {}};
    text.remove_prefix(file_end + k_line.size());
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), frame.line);
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
    if (parsed.ec != std::errc() || !text.starts_with(k_name)) return std::nullopt;
    frame.name = text.substr(k_name.size());
    return frame;
}

bool begins_with_outermost(std::span<const FrameText> stack) {
    if (stack.size() < 2) return false;
    const FrameText& first = stack.front();
    const FrameText& last = stack.back();
    if (starts_program(first) != starts_program(last)) return starts_program(first);
    return is_internal(last) && !is_internal(first);
}

}  // namespace snapq::frames
