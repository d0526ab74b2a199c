// The table of stack_rules.hpp, indexed for look-ups. Built at the first use, read by any thread.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "frames/frame_path.hpp"
#include "frames/stack_rules.hpp"

namespace snapq::frames {

// For each kind: a hash table for whole texts, and a list for beginnings and ends.
class StackRuleIndex {
public:
    static const StackRuleIndex& get() {
        static const StackRuleIndex index;
        return index;
    }

    [[nodiscard]] std::optional<Meaning> equal(RuleKind kind, std::string_view text) const {
        const auto& rules = m_exact[static_cast<std::size_t>(kind)];
        const auto found = rules.find(text);
        if (found == rules.end()) return std::nullopt;
        return found->second;
    }

    [[nodiscard]] const Rule* beginning_of(RuleKind kind, std::string_view text) const {
        return find(kind, [&](const Rule& rule) { return text.starts_with(rule.text); });
    }

    [[nodiscard]] const Rule* end_of(RuleKind kind, std::string_view text) const {
        return find(kind, [&](const Rule& rule) { return text.ends_with(rule.text); });
    }

    // The meaning of the longest rule that equals the first one to three components from `index` on.
    [[nodiscard]] std::optional<Meaning> below(RuleKind kind, const FramePath& path,
                                               std::size_t index) const {
        for (std::size_t count = k_longest_path_rule; count > 0; --count) {
            if (const auto meaning = equal(kind, path.part(index, count))) return meaning;
        }
        return std::nullopt;
    }

private:
    static constexpr std::size_t k_kinds = static_cast<std::size_t>(RuleKind::python_node) + 1;
    static constexpr std::size_t k_longest_path_rule = 3;  // components in a row's text

    StackRuleIndex() {
        for (const Rule& rule : k_stack_rules) {
            m_exact[static_cast<std::size_t>(rule.kind)].emplace(rule.text, rule.meaning);
            m_lists[static_cast<std::size_t>(rule.kind)].push_back(&rule);
        }
    }

    template <typename Predicate>
    [[nodiscard]] const Rule* find(RuleKind kind, Predicate&& matches) const {
        const auto& rules = m_lists[static_cast<std::size_t>(kind)];
        const auto found =
            std::find_if(rules.begin(), rules.end(), [&](const Rule* rule) { return matches(*rule); });
        return found == rules.end() ? nullptr : *found;
    }

    std::array<std::unordered_map<std::string_view, Meaning>, k_kinds> m_exact;
    std::array<std::vector<const Rule*>, k_kinds> m_lists;
};

}  // namespace snapq::frames
