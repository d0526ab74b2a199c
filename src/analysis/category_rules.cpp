#include "analysis/category_rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "support/error.hpp"
#include "support/numbers.hpp"
#include "support/text.hpp"

namespace snapq::analysis {
namespace {

constexpr std::size_t k_most_rules = 200;
constexpr std::size_t k_longest_name = 100;
constexpr std::size_t k_most_comparisons = 8;  // of sizes, in one rule
// In bytes: for the patterns of all rules, for each, and the least for one, with which few patterns are
// refused.
constexpr std::int64_t k_patterns_memory = std::int64_t{16} << 20U;
constexpr std::int64_t k_most_pattern_memory = std::int64_t{1} << 20U;
constexpr std::int64_t k_least_pattern_memory = std::int64_t{128} << 10U;

// In the order of RuleSubject.
constexpr std::array<std::string_view, k_rule_subjects> k_subject_names{"site",     "frame",  "op",  "phase",
                                                                        "metadata", "stream", "size"};

constexpr std::string_view k_blanks = " \t\r";

// Removes the first word from the front of the text.
std::string_view take_word(std::string_view& text) {
    text = trimmed(text, k_blanks);
    const std::size_t end = std::min(text.find_first_of(k_blanks), text.size());
    const std::string_view word = text.substr(0, end);
    text = trimmed(text.substr(end), k_blanks);
    return word;
}

bool is_category_name(std::string_view name) {
    return !name.empty() && name.size() <= k_longest_name && std::ranges::all_of(name, [](char c) {
        return is_word_character(c) || c == '-' || c == '.' || c == '/';
    });
}

// The file and the line of a rule, for error messages.
struct Place {
    const std::string& file;
    std::int64_t line;
    std::int64_t pattern_memory;  // bytes

    template <typename... Args>
    [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
        throw UsageError(
            fmt::format("{}:{}: {}", file, line, fmt::format(format, std::forward<Args>(args)...)))
            .with_hint("a rule is a category, what to look at, and a pattern: 'attention frame flash_attn'");
    }
};

RuleSubject subject_named(std::string_view name, const Place& place) {
    const auto found = std::ranges::find(k_subject_names, name);
    if (found == k_subject_names.end()) {
        place.refuse("'{}' is nothing that a rule can look at; expected one of {}", abbreviate(name),
                     fmt::join(k_subject_names, ", "));
    }
    return static_cast<RuleSubject>(found - k_subject_names.begin());
}

// ">=64MiB <1GiB" as SQL. All of the comparisons must hold.
std::string size_condition(std::string_view text, const Place& place) {
    constexpr std::string_view k_operators = "<>=";
    std::string sql;
    std::size_t comparisons = 0;
    for (std::string_view rest = text; !rest.empty();) {
        if (++comparisons > k_most_comparisons)
            place.refuse("there are more than {} comparisons", k_most_comparisons);
        const std::size_t number = std::min(rest.find_first_not_of(k_operators), rest.size());
        const std::string_view comparison = rest.substr(0, number);
        const std::size_t end = std::min(rest.find_first_of(k_operators, number), rest.size());
        const std::optional<std::int64_t> bytes =
            parse_size(trimmed(rest.substr(number, end - number), k_blanks));
        constexpr std::array<std::string_view, 5> k_comparisons{"<", "<=", "=", ">=", ">"};
        const bool is_known = std::ranges::find(k_comparisons, comparison) != k_comparisons.end();
        if (!is_known || !bytes)
            place.refuse("'{}' is no comparison of sizes (examples: >=64MiB, >=1MiB <64MiB)",
                         abbreviate(text));
        sql += fmt::format("{}size {} {}", sql.empty() ? "" : " AND ", comparison, *bytes);
        rest = rest.substr(end);
    }
    return sql;
}

std::unique_ptr<RE2> pattern_in(std::string_view text, const Place& place) {
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(place.pattern_memory);
    auto pattern = std::make_unique<RE2>(re2::StringPiece(text.data(), text.size()), options);
    if (!pattern->ok()) {
        place.refuse("'{}' is no regular expression: {}", abbreviate(text), abbreviate(pattern->error()));
    }
    return pattern;
}

CategoryRule rule_in(std::string_view line, const Place& place) {
    CategoryRule rule;
    rule.line = place.line;
    rule.category = take_word(line);
    if (!is_category_name(rule.category)) {
        place.refuse(
            "'{}' cannot be the name of a category; a name has at most {} characters: letters, digits and _ "
            "- . /",
            abbreviate(rule.category), k_longest_name);
    }
    const std::string_view subject = take_word(line);
    if (subject.empty()) place.refuse("the rule for '{}' does not say what to look at", rule.category);
    rule.subject = subject_named(subject, place);
    if (line.empty()) place.refuse("the rule for '{}' has no pattern", rule.category);
    if (rule.subject == RuleSubject::size) {
        rule.size_condition = size_condition(line, place);
    } else {
        rule.pattern = pattern_in(line, place);
    }
    return rule;
}

struct RuleLine {
    std::int64_t number = 0;  // in the file, from 1
    std::string_view text;
};

// Those that should be rules.
std::vector<RuleLine> rule_lines_in(std::string_view text) {
    constexpr std::string_view k_mark = "\xef\xbb\xbf";  // some editors begin a file with it
    if (text.starts_with(k_mark)) text.remove_prefix(k_mark.size());
    std::vector<RuleLine> lines;
    for (std::int64_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view content = trimmed(text.substr(0, end), k_blanks);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!content.empty() && !content.starts_with('#')) lines.push_back({number, content});
    }
    return lines;
}

// More rules have less memory each. RE2 is slower where a pattern needs more.
std::int64_t memory_of_each_pattern(std::size_t rules) {
    return std::clamp(k_patterns_memory / static_cast<std::int64_t>(std::max<std::size_t>(rules, 1)),
                      k_least_pattern_memory, k_most_pattern_memory);
}

}  // namespace

bool CategoryRule::matches(std::string_view text) const {
    return pattern && RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *pattern);
}

CategoryRules::CategoryRules(std::string file, std::string_view text) : m_file(std::move(file)) {
    const std::vector<RuleLine> lines = rule_lines_in(text);
    for (const RuleLine& line : lines) {
        const Place place{m_file, line.number, memory_of_each_pattern(lines.size())};
        if (m_rules.size() == k_most_rules) place.refuse("there are more than {} rules", k_most_rules);
        m_rules.push_back(rule_in(line.text, place));
    }
    if (m_rules.empty()) throw_usage("{}: there are no rules in it", m_file);
}

bool CategoryRules::any_looks_at(RuleSubject subject) const {
    return std::ranges::any_of(m_rules, [&](const CategoryRule& rule) { return rule.subject == subject; });
}

std::vector<bool> CategoryRules::matching(RuleSubject subject, std::string_view text) const {
    std::vector<bool> matching(m_rules.size());
    for (std::size_t i = 0; i < m_rules.size(); ++i)
        matching[i] = m_rules[i].subject == subject && m_rules[i].matches(text);
    return matching;
}

std::vector<std::string> CategoryRules::categories() const {
    std::vector<std::string> names;
    for (const CategoryRule& rule : m_rules) {
        if (std::ranges::find(names, rule.category) == names.end()) names.push_back(rule.category);
    }
    return names;
}

std::vector<std::string> CategoryRules::remarks_on_unused(const std::vector<bool>& used,
                                                          std::string_view where) const {
    std::vector<std::string> remarks;
    for (std::size_t i = 0; i < m_rules.size(); ++i) {
        if (i < used.size() && used[i]) continue;
        remarks.push_back(fmt::format("{}:{}: the rule for {} was not used for any allocation that is {}",
                                      m_file, m_rules[i].line, m_rules[i].category, where));
    }
    return remarks;
}

void merge_matches(std::vector<bool>& to, const std::vector<bool>& more) {
    to.resize(std::max(to.size(), more.size()));
    for (std::size_t i = 0; i < more.size(); ++i) to[i] = to[i] || more[i];
}

}  // namespace snapq::analysis
