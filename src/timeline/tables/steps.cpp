#include "timeline/tables/steps.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "support/numbers.hpp"

namespace snapq::timeline {
namespace {

constexpr std::string_view k_profiler_step = "ProfilerStep#";
constexpr std::string_view k_optimizer_step = "Optimizer.step#";
// How many different numbers of repetitions are tried. A trace has few that matter: those of steps, of their
// parts, of layers.
constexpr std::size_t k_most_candidates = 4;

// The name with each number replaced by "0".
std::string unnumbered(std::string_view name) {
    std::string text;
    for (const char c : name) {
        if (!is_digit(c)) {
            text += c;
        } else if (text.empty() || text.back() != '0') {
            text += '0';
        }
    }
    return text;
}

// The first events of the spans that `is_wanted` accepts or, with `at_ends`, the event after the end of each.
template <typename Predicate>
std::vector<std::uint32_t> boundaries(std::span<const SpanRow> spans, bool at_ends, Predicate&& is_wanted) {
    std::vector<std::uint32_t> events;
    for (const SpanRow& span : spans) {
        const auto event = at_ends ? span.end_event : span.start_event;
        if (event && is_wanted(span)) events.push_back(static_cast<std::uint32_t>(*event + 1));
    }
    std::sort(events.begin(), events.end());
    events.erase(std::unique(events.begin(), events.end()), events.end());
    return events;
}

std::string_view name_of(const snapshot::Symbols& symbols, const SpanRow& span) {
    return span.name ? symbols.text(span.name) : std::string_view();
}

// The names of the outermost spans that are repeated most; names that differ only in their numbers count as
// one. Empty if none is repeated often enough.
std::unordered_set<snapshot::TextId> most_repeated_names(const snapshot::Symbols& symbols,
                                                         std::span<const SpanRow> spans) {
    struct Repeated {
        std::size_t count = 0;
        std::unordered_set<snapshot::TextId> names;
    };
    std::unordered_map<snapshot::TextId, std::size_t> counts;
    for (const SpanRow& span : spans) {
        if (span.depth == 0) ++counts[span.name];
    }
    std::map<std::string, Repeated> by_text;
    for (const auto& [name, count] : counts) {
        Repeated& repeated = by_text[unnumbered(name ? symbols.text(name) : std::string_view())];
        repeated.count += count;
        repeated.names.insert(name);
    }
    const auto most = std::max_element(by_text.begin(), by_text.end(), [](const auto& a, const auto& b) {
        return a.second.count < b.second.count;
    });
    if (most == by_text.end() || most->second.count < k_fewest_steps) return {};
    return std::move(most->second.names);
}

std::vector<std::uint32_t> steps_of_spans(const snapshot::Symbols& symbols, std::span<const SpanRow> spans) {
    std::vector<std::uint32_t> events = starts_of_profiler_steps(symbols, spans);
    if (events.size() >= k_fewest_steps) return events;
    events = ends_of_optimizer_steps(symbols, spans);
    if (events.size() >= k_fewest_steps) return events;
    const auto names = most_repeated_names(symbols, spans);
    return boundaries(spans, false,
                      [&](const SpanRow& span) { return span.depth == 0 && names.contains(span.name); });
}

// The allocations of one group in the trace, by their positions among all allocations of the trace.
struct Occurrences {
    std::uint32_t count = 0;
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint32_t widest_gap = 0;

    void add(std::uint32_t position) {
        if (count == 0) first = position;
        if (count > 0) widest_gap = std::max(widest_gap, position - last);
        last = position;
        ++count;
    }
    // Whether they are spread over at least half of the trace, and never far apart.
    [[nodiscard]] bool is_regular(std::uint32_t all) const {
        const std::uint64_t reach = last - first;
        const std::uint64_t period = reach / std::max<std::uint32_t>(count - 1, 1);
        return 2 * (reach + period) >= all && widest_gap <= 2 * period + 1;
    }
};

std::vector<Occurrences> occurrences_by_group(const DeviceView& view, const StackGroups& groups) {
    std::vector<Occurrences> found(groups.grouping.count);
    const std::uint32_t older = view.elements.preexisting_count();
    for (std::uint32_t idx = older; idx < view.elements.size(); ++idx)
        found[groups.grouping.group_of[idx]].add(idx - older);
    return found;
}

// The group whose allocations mark the steps: the first regular one of the rarest groups.
std::optional<std::uint32_t> marker_of(const std::vector<Occurrences>& groups, std::uint32_t all) {
    std::vector<std::uint32_t> counts;
    for (const Occurrences& group : groups) {
        if (group.count >= k_fewest_steps) counts.push_back(group.count);
    }
    std::sort(counts.begin(), counts.end());
    counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
    counts.resize(std::min(counts.size(), k_most_candidates));
    for (const std::uint32_t count : counts) {
        for (std::uint32_t group = 0; group < groups.size(); ++group) {
            if (groups[group].count == count && groups[group].is_regular(all)) return group;
        }
    }
    return std::nullopt;
}

std::vector<std::uint32_t> steps_of_period(const DeviceView& view, const StackGroups& groups) {
    const std::uint32_t older = view.elements.preexisting_count();
    const auto marker = marker_of(occurrences_by_group(view, groups), view.elements.size() - older);
    std::vector<std::uint32_t> events;
    if (!marker) return events;
    for (std::uint32_t idx = older; idx < view.elements.size(); ++idx) {
        if (groups.grouping.group_of[idx] == *marker) events.push_back(view.elements.source[idx]);
    }
    return events;
}

}  // namespace

std::string_view name_of(StepBasis basis) {
    switch (basis) {
        case StepBasis::none: return "none";
        case StepBasis::spans: return "spans";
        case StepBasis::period: return "period";
    }
    return {};
}

std::vector<std::uint32_t> starts_of_profiler_steps(const snapshot::Symbols& symbols,
                                                    std::span<const SpanRow> spans) {
    return boundaries(spans, false, [&](const SpanRow& span) {
        return name_of(symbols, span).starts_with(k_profiler_step);
    });
}

std::vector<std::uint32_t> ends_of_optimizer_steps(const snapshot::Symbols& symbols,
                                                   std::span<const SpanRow> spans) {
    return boundaries(spans, true, [&](const SpanRow& span) {
        return name_of(symbols, span).starts_with(k_optimizer_step);
    });
}

std::size_t Steps::of(std::int64_t event) const {
    const auto later =
        std::upper_bound(starts.begin(), starts.end(), event,
                         [](std::int64_t at, std::uint32_t start) { return at < std::int64_t{start}; });
    return static_cast<std::size_t>(later - starts.begin());
}

Steps find_steps(const DeviceView& view, std::span<const SpanRow> spans, const StackGroups& groups) {
    Steps steps{StepBasis::spans, steps_of_spans(view.snapshot.symbols, spans)};
    if (steps.starts.size() >= k_fewest_steps) return steps;
    steps = {StepBasis::period, steps_of_period(view, groups)};
    if (steps.starts.size() >= k_fewest_steps) return steps;
    return {};
}

}  // namespace snapq::timeline
