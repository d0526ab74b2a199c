#include "commands/rank_name.hpp"

#include <re2/re2.h>

#include "support/error.hpp"

namespace snapq::commands {

std::optional<std::int64_t> rank_of_name(const std::string& base_name) {
    // Torchtitan, Megatron and Composer write the first form, torch's own examples the second.
    static const RE2 rank_word("(?i)(?:^|[^a-z])rank[-_. ]?([0-9]{1,9})(?:[^0-9]|$)");
    static const RE2 numbered_snapshot("(?i)(?:^|[^a-z])snapshot[-_]([0-9]{1,9})(?:[^0-9]|$)");
    std::int64_t rank = 0;
    if (RE2::PartialMatch(base_name, rank_word, &rank)) return rank;
    if (RE2::PartialMatch(base_name, numbered_snapshot, &rank)) return rank;
    return std::nullopt;
}

std::optional<std::int64_t> rank_by_pattern(const std::string& base_name, const std::string& pattern) {
    const RE2 expression(pattern, RE2::Quiet);
    if (!expression.ok()) throw_usage("--rank-regex '{}': {}", pattern, expression.error());
    if (expression.NumberOfCapturingGroups() < 1) {
        throw UsageError(fmt::format("--rank-regex '{}' has no group for the number", pattern))
            .with_hint("put the digits in parentheses: --rank-regex 'node_(\\d+)'");
    }
    std::int64_t rank = 0;
    if (RE2::PartialMatch(base_name, expression, &rank)) return rank;
    return std::nullopt;
}

}  // namespace snapq::commands
