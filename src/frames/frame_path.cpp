#include "frames/frame_path.hpp"

#include <algorithm>
#include <array>
#include <charconv>

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

}  // namespace snapq::frames
