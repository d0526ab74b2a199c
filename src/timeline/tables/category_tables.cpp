#include <algorithm>
#include <array>

#include "timeline/tables/allocator_rules.hpp"
#include "timeline/tables/categories.hpp"

namespace snapq::timeline {
namespace {

// Each point has a row for each category with live memory, so there are fewer points than in table
// `timeline`. Short traces get few points, because the rows would be a large part of a small archive.
constexpr std::int64_t k_events_a_point = 150;
constexpr std::int64_t k_fewest_points = 40;
constexpr std::int64_t k_most_points = 300;

struct LiveBytes {
    WideBytes bytes = 0;
    WideBytes older_bytes = 0;  // of elements that are older than the trace
    std::int64_t count = 0;
    std::int64_t older_count = 0;
};

using LiveByCategory = std::array<LiveBytes, report::k_category_count>;

// Walks over the lifetimes once and keeps what is live at each of the points.
class CategoryWalk {
public:
    // `points` must be ascending.
    CategoryWalk(const DeviceView& view, const Categories& categories, std::span<const std::int64_t> points)
        : m_view(view), m_categories(categories), m_points(points) {}

    [[nodiscard]] std::vector<LiveByCategory> run() {
        for (std::uint32_t idx = 0; idx < m_view.elements.preexisting_count(); ++idx) add(idx);
        walk_lifetimes(
            m_view.elements,
            [&](std::uint32_t idx) {
                keep_until(m_view.elements.end[idx]);
                remove(idx);
            },
            [&](std::uint32_t idx) {
                keep_until(m_view.elements.source[idx]);
                add(idx);
            },
            [](std::int64_t) {});
        while (m_kept.size() < m_points.size()) m_kept.push_back(m_live);
        return std::move(m_kept);
    }

private:
    // Keeps the state for the points before `event`.
    void keep_until(std::uint32_t event) {
        while (m_kept.size() < m_points.size() && m_points[m_kept.size()] < std::int64_t{event})
            m_kept.push_back(m_live);
    }

    void add(std::uint32_t idx) {
        LiveBytes& live = m_live[m_categories.by_idx[idx]];
        const std::int64_t size = m_view.reader.size(idx);
        live.bytes += size;
        ++live.count;
        if (m_view.elements.origin(idx) == Origin::trace) return;
        live.older_bytes += size;
        ++live.older_count;
    }

    void remove(std::uint32_t idx) {
        LiveBytes& live = m_live[m_categories.by_idx[idx]];
        const std::int64_t size = m_view.reader.size(idx);
        live.bytes -= size;
        --live.count;
        if (m_view.elements.origin(idx) == Origin::trace) return;
        live.older_bytes -= size;
        --live.older_count;
    }

    const DeviceView& m_view;
    const Categories& m_categories;
    std::span<const std::int64_t> m_points;
    LiveByCategory m_live{};
    std::vector<LiveByCategory> m_kept;
};

// Calls visit(category, live) for each category with live memory.
template <typename Visit>
void for_each_category(const LiveByCategory& live, Visit&& visit) {
    for (std::size_t category = 0; category < live.size(); ++category) {
        if (live[category].count > 0) visit(static_cast<Category>(category), live[category]);
    }
}

}  // namespace

std::vector<std::int64_t> category_timeline_events(const DeviceView& view, const Curves& slices,
                                                   std::span<const std::int64_t> fixed) {
    std::vector<std::int64_t> events(fixed.begin(), fixed.end());
    events.push_back(view.last_event());
    const std::span<const Interval> all = slices.live();
    const auto points = static_cast<std::size_t>(
        std::clamp(view.event_count() / k_events_a_point, k_fewest_points, k_most_points));
    const std::size_t slices_a_point = (all.size() + points - 1) / points;
    for (std::size_t first = 0; first < all.size(); first += slices_a_point) {
        const auto some = all.subspan(first, std::min(slices_a_point, all.size() - first));
        events.push_back(std::ranges::max_element(some, {}, &Interval::max)->max_event);
    }
    prepare_cuts(events);
    return events;
}

CategoryTables make_category_tables(const DeviceView& view, const Categories& categories,
                                    std::span<const Moment> moments, std::span<const std::int64_t> points) {
    std::vector<std::int64_t> all(points.begin(), points.end());
    for (const Moment& moment : moments) all.push_back(moment.event);
    prepare_cuts(all);
    const std::vector<LiveByCategory> live = CategoryWalk(view, categories, all).run();

    CategoryTables tables;
    for (const Moment& moment : moments) {
        for_each_category(
            live[interval_at(all, moment.event)], [&](Category category, const LiveBytes& held) {
                tables.totals.push_back({moment.name, category, saturated(held.bytes), held.count,
                                         saturated(held.older_bytes), held.older_count});
            });
    }
    for (const std::int64_t event : points) {
        for_each_category(live[interval_at(all, event)], [&](Category category, const LiveBytes& held) {
            tables.timeline.push_back({event, category, saturated(held.bytes)});
        });
    }
    std::ranges::stable_sort(tables.timeline, {}, [](const auto& row) { return name_of(row.category); });
    return tables;
}

}  // namespace snapq::timeline
