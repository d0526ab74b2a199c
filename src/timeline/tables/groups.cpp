#include "timeline/tables/groups.hpp"

#include <algorithm>
#include <map>

#include "timeline/tables/allocator_rules.hpp"

namespace snapq::timeline {
namespace {

struct Live {
    WideBytes bytes = 0;
    std::int64_t count = 0;
};

// The live bytes and elements of each group after `event`.
std::vector<Live> live_by_group(const DeviceView& view, const Grouping& grouping, std::int64_t event) {
    std::vector<Live> groups(grouping.count);
    view.for_each_live(event, [&](std::uint32_t idx) {
        Live& live = groups[grouping.group_of[idx]];
        live.bytes += view.reader.size(idx);
        ++live.count;
    });
    return groups;
}

struct LivePart {
    std::uint32_t group = 0;
    Category category = Category::unknown;

    friend auto operator<=>(const LivePart&, const LivePart&) = default;
};

// The same, also by category; without parts of which nothing is live. Nearly all groups have one category, so
// the others of a group are kept apart.
std::map<LivePart, Live> live_by_category(const DeviceView& view, const Grouping& grouping,
                                          const Categories& categories, std::int64_t event) {
    std::vector<Live> first(grouping.count);
    std::vector<Category> category_of(grouping.count);
    std::map<LivePart, Live> parts;
    view.for_each_live(event, [&](std::uint32_t idx) {
        const LivePart part{grouping.group_of[idx], categories.of(idx)};
        if (first[part.group].count == 0) category_of[part.group] = part.category;
        const bool is_first = category_of[part.group] == part.category;
        Live& live = is_first ? first[part.group] : parts[part];
        live.bytes += view.reader.size(idx);
        ++live.count;
    });
    for (std::uint32_t group = 0; group < grouping.count; ++group) {
        if (first[group].count > 0) parts[{group, category_of[group]}] = first[group];
    }
    return parts;
}

struct Highest {
    WideBytes current = 0;
    WideBytes max = 0;
    std::int64_t event = -1;
};

// The maximum of each group over the trace, and the event after which it is first reached.
std::vector<Highest> maxima_by_group(const DeviceView& view, const Grouping& grouping) {
    std::vector<Highest> groups(grouping.count);
    const Elements& elements = view.elements;
    for (std::uint32_t idx = 0; idx < elements.preexisting_count(); ++idx) {
        Highest& group = groups[grouping.group_of[idx]];
        group.current += view.reader.size(idx);
        group.max = group.current;
    }
    // An event starts at most one element, after the ends of the same event. So the state after the start is
    // the state after the event.
    walk_lifetimes(
        elements, [&](std::uint32_t idx) { groups[grouping.group_of[idx]].current -= view.reader.size(idx); },
        [&](std::uint32_t idx) {
            Highest& group = groups[grouping.group_of[idx]];
            group.current += view.reader.size(idx);
            if (group.current <= group.max) return;
            group.max = group.current;
            group.event = elements.source[idx];
        },
        [](std::int64_t) {});
    return groups;
}

// Numbers keys from 0 in the order of their first use. `Key` must be ordered.
template <typename Key>
class Numbering {
public:
    std::uint32_t number(const Key& key) {
        const auto [at, is_new] = m_numbers.try_emplace(key, static_cast<std::uint32_t>(m_keys.size()));
        if (is_new) m_keys.push_back(key);
        return at->second;
    }
    std::vector<Key> take() { return std::move(m_keys); }

private:
    std::map<Key, std::uint32_t> m_numbers;
    std::vector<Key> m_keys;
};

constexpr std::uint32_t k_no_group = 0xffffffffU;

std::int64_t tenth_of(std::int64_t event, std::int64_t event_count) {
    return event * 10 / event_count;
}

}  // namespace

StackGroups group_by_stack(const DeviceView& view) {
    StackGroups groups;
    // The group by origin and by stack id plus 1; index 0 is for elements without a stack.
    std::array<std::vector<std::uint32_t>, 3> known;
    for (auto& of_origin : known) of_origin.assign(view.snapshot.symbols.stack_count() + 1, k_no_group);
    for (std::uint32_t idx = 0; idx < view.elements.size(); ++idx) {
        const snapshot::StackId stack = view.reader.stack(idx);
        const Origin origin = view.elements.origin(idx);
        auto& group =
            known[static_cast<std::size_t>(origin)][stack.is_none() ? 0 : stack.value() + std::size_t{1}];
        if (group == k_no_group) {
            group = static_cast<std::uint32_t>(groups.keys.size());
            groups.keys.push_back({stack, origin});
        }
        groups.grouping.group_of.push_back(group);
    }
    groups.grouping.count = static_cast<std::uint32_t>(groups.keys.size());
    return groups;
}

StreamGroups group_by_stream(const DeviceView& view) {
    StreamGroups groups;
    Numbering<StreamGroups::Key> numbering;
    std::vector<std::uint32_t> group_of_shape(view.snapshot.event_tables.shapes.size(), k_no_group);
    const auto group_of_event = [&](std::int64_t event) {
        auto& group =
            group_of_shape[view.replay.trace->events.shape(static_cast<std::size_t>(event)).value()];
        if (group == k_no_group) {
            const snapshot::EventShape& shape = view.shape(event);
            const auto stream = shape.has_stream ? std::optional(shape.stream) : std::nullopt;
            group = numbering.number({stream, shape.pool});
        }
        return group;
    };
    for (std::uint32_t idx = 0; idx < view.elements.size(); ++idx) {
        const snapshot::Segment* segment = view.reader.segment(idx);
        groups.grouping.group_of.push_back(segment != nullptr
                                               ? numbering.number({segment->stream, segment->pool})
                                               : group_of_event(view.elements.source[idx]));
    }
    groups.keys = numbering.take();
    groups.grouping.count = static_cast<std::uint32_t>(groups.keys.size());
    return groups;
}

std::vector<StackTotalRow> make_stack_totals(const DeviceView& view, const StackGroups& groups,
                                             std::int64_t peak_event) {
    const Grouping& grouping = groups.grouping;
    std::vector<StackTotalRow> rows(grouping.count);
    std::vector<WideBytes> totals(grouping.count);
    for (std::uint32_t idx = 0; idx < view.elements.size(); ++idx) {
        const std::uint32_t group = grouping.group_of[idx];
        const std::int64_t size = view.reader.size(idx);
        StackTotalRow& row = rows[group];
        ++row.allocations;
        totals[group] += size;
        row.min_size = std::min(row.min_size.value_or(size), size);
        row.max_size = std::max(row.max_size.value_or(size), size);
        if (groups.keys[group].origin != Origin::trace || view.elements.end[idx] != Elements::k_none)
            continue;
        const std::int64_t tenth = tenth_of(view.elements.source[idx], view.event_count());
        ++row.unfreed_tenths[static_cast<std::size_t>(tenth)];
        row.has_unfreed_tenths = true;
    }
    const std::vector<Live> at_peak = live_by_group(view, grouping, peak_event);
    const std::vector<Live> at_end = live_by_group(view, grouping, view.last_event());
    const std::vector<Highest> maxima = maxima_by_group(view, grouping);
    for (std::uint32_t group = 0; group < grouping.count; ++group) {
        StackTotalRow& row = rows[group];
        row.stack = groups.keys[group].stack;
        row.origin = groups.keys[group].origin;
        row.total_bytes = saturated(totals[group]);
        row.peak_bytes = saturated(at_peak[group].bytes);
        row.peak_count = at_peak[group].count;
        row.max_bytes = saturated(maxima[group].max);
        row.max_event = maxima[group].event;
        row.end_bytes = saturated(at_end[group].bytes);
        row.end_count = at_end[group].count;
    }
    return rows;
}

std::vector<StreamTotalRow> make_stream_totals(const DeviceView& view, const StreamGroups& groups,
                                               std::int64_t peak_event) {
    const Grouping& grouping = groups.grouping;
    std::vector<StreamTotalRow> rows(grouping.count);
    std::vector<WideBytes> totals(grouping.count);
    for (std::uint32_t idx = 0; idx < view.elements.size(); ++idx) {
        const std::uint32_t group = grouping.group_of[idx];
        ++rows[group].allocations;
        totals[group] += view.reader.size(idx);
    }
    const std::vector<Live> at_peak = live_by_group(view, grouping, peak_event);
    const std::vector<Live> at_end = live_by_group(view, grouping, view.last_event());
    const std::vector<Highest> maxima = maxima_by_group(view, grouping);
    for (std::uint32_t group = 0; group < grouping.count; ++group) {
        StreamTotalRow& row = rows[group];
        row.stream = groups.keys[group].stream;
        row.pool = groups.keys[group].pool;
        row.total_bytes = saturated(totals[group]);
        row.peak_bytes = saturated(at_peak[group].bytes);
        row.max_bytes = saturated(maxima[group].max);
        row.end_bytes = saturated(at_end[group].bytes);
    }
    return rows;
}

std::vector<LiveStackRow> make_live_stacks(const DeviceView& view, const StackGroups& groups,
                                           const Categories& categories, std::span<const Moment> moments) {
    std::vector<LiveStackRow> rows;
    for (const Moment& moment : moments) {
        if (moment.name.starts_with(k_oom_moment) && rows.size() >= k_max_live_rows) break;
        for (const auto& [key, live] : live_by_category(view, groups.grouping, categories, moment.event)) {
            const StackGroups::Key& group = groups.keys[key.group];
            rows.push_back(
                {moment.name, group.stack, group.origin, saturated(live.bytes), live.count, key.category});
        }
    }
    return rows;
}

}  // namespace snapq::timeline
