#include "frames/notebook.hpp"

#include <array>
#include <charconv>

namespace snapq::frames {
namespace {

// A number that differs from run to run, and what is removed together with it.
struct CounterRule {
    std::string_view before;   // the text in front of the number
    char after;                // the character behind it
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
