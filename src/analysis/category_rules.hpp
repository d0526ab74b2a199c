// The user's own categories: the rules of a file for `--rules`, as text. docs/categories.md explains them.
// This file does not read archives.
#pragma once

#include <re2/re2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace snapq::analysis {

// What a rule looks at.
enum class RuleSubject : std::uint8_t { site, frame, op, phase, metadata, stream, size };
inline constexpr std::size_t k_rule_subjects = static_cast<std::size_t>(RuleSubject::size) + 1;

struct CategoryRule {
    std::string category;
    RuleSubject subject = RuleSubject::site;
    std::int64_t line = 0;         // in the file, from 1
    std::unique_ptr<RE2> pattern;  // looked for anywhere in the text; null for a size
    std::string size_condition;    // only for a size: an SQL condition over column `size`

    [[nodiscard]] bool matches(std::string_view text) const;
};

// If several rules match, the first one counts. Any number of threads may use one object.
class CategoryRules {
public:
    // `file`: its name, for messages. Throws UsageError for the first line that is not a rule.
    CategoryRules(std::string file, std::string_view text);

    [[nodiscard]] std::span<const CategoryRule> all() const { return m_rules; }
    [[nodiscard]] bool any_looks_at(RuleSubject subject) const;
    // One value for each rule, in the order of the file: whether it looks at `subject` and matches the text.
    [[nodiscard]] std::vector<bool> matching(RuleSubject subject, std::string_view text) const;
    // The names of their categories, each once, in the order of the file.
    [[nodiscard]] std::vector<std::string> categories() const;
    // A sentence about each rule that is not set in `used`. `where` is a part of the sentence, such as "live
    // at the peak".
    [[nodiscard]] std::vector<std::string> remarks_on_unused(const std::vector<bool>& used,
                                                             std::string_view where) const;

private:
    std::string m_file;
    std::vector<CategoryRule> m_rules;
};

// Sets each element of `to` that is set in `more`.
void merge_matches(std::vector<bool>& to, const std::vector<bool>& more);

}  // namespace snapq::analysis
