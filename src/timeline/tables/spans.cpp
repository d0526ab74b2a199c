#include "timeline/tables/makers.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "support/devices.hpp"

namespace snapq::timeline {
namespace {

constexpr std::int64_t k_forever = std::numeric_limits<std::int64_t>::max();

struct Span {
    snapshot::TextId name;
    bool has_start = false;
    bool has_end = false;
    std::optional<std::int64_t> start_us;
    std::optional<std::int64_t> end_us;
    std::optional<std::int64_t> start_event;
    std::optional<std::int64_t> end_event;

    // Times for comparisons. An unknown time counts as before or after all others.
    [[nodiscard]] std::int64_t begin() const { return start_us.value_or(-k_forever); }
    [[nodiscard]] std::int64_t finish() const { return end_us.value_or(k_forever); }
};

// Tells whether an annotation belongs to the device of the view. It is called for all annotations and each
// device, so for all devices but the first it is a single comparison.
class AnnotationFilter {
public:
    explicit AnnotationFilter(const DeviceView& view)
        : m_device(view.replay.device),
          m_devices(devices_of(view.snapshot)),
          m_takes_others(m_devices.empty() || m_devices.front() == m_device) {}

    bool operator()(const snapshot::Annotation& annotation) const {
        if (annotation.device == m_device) return true;
        return m_takes_others && !names_known_device(annotation);
    }

private:
    [[nodiscard]] bool names_known_device(const snapshot::Annotation& annotation) const {
        return annotation.device && std::ranges::binary_search(m_devices, *annotation.device, DeviceOrder());
    }

    std::int64_t m_device;
    std::vector<std::int64_t> m_devices;
    bool m_takes_others;
};

std::vector<Span> pair_annotations(const DeviceView& view) {
    std::vector<Span> spans;
    if (view.snapshot.annotations.empty()) return spans;
    const AnnotationFilter is_ours(view);
    std::unordered_map<snapshot::TextId, std::vector<std::size_t>> open;
    for (const snapshot::Annotation& annotation : view.snapshot.annotations) {
        if (annotation.stage.is_none() || !is_ours(annotation)) continue;
        const std::string_view stage = view.snapshot.symbols.text(annotation.stage);
        if (stage == "START") {
            open[annotation.name].push_back(spans.size());
            Span& span = spans.emplace_back();
            span.name = annotation.name;
            span.has_start = true;
            span.start_us = annotation.time_us;
        } else if (stage == "END") {
            auto& candidates = open[annotation.name];
            if (candidates.empty()) {
                spans.emplace_back().name = annotation.name;
                candidates.push_back(spans.size() - 1);
            }
            Span& span = spans[candidates.back()];
            candidates.pop_back();
            span.has_end = true;
            span.end_us = annotation.time_us;
        }
    }
    return spans;
}

void sort_by_start(std::vector<Span>& spans) {
    std::stable_sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) {
        return std::tuple(a.begin(), b.finish()) < std::tuple(b.begin(), a.finish());
    });
}

// Number of spans that contain each span. `spans` are in the order of their start, so these are the earlier
// spans that do not end before it. They are counted with a Fenwick tree over the ranks of the ends.
std::vector<std::int64_t> depths(const std::vector<Span>& spans) {
    std::vector<std::int64_t> ends;
    for (const Span& span : spans) ends.push_back(span.finish());
    std::sort(ends.begin(), ends.end(), std::greater<>());
    std::vector<std::int64_t> tree(spans.size() + 1, 0);
    std::vector<std::int64_t> result;
    for (const Span& span : spans) {
        // The rank, from 1, of the last end that is not earlier than the end of this span.
        const auto until = std::upper_bound(ends.begin(), ends.end(), span.finish(), std::greater<>());
        const auto rank = static_cast<std::size_t>(until - ends.begin());
        std::int64_t containing = 0;
        for (std::size_t i = rank; i > 0; i &= i - 1) containing += tree[i];
        result.push_back(containing);
        for (std::size_t i = rank; i < tree.size(); i += i & (~i + 1)) ++tree[i];
    }
    return result;
}

// Sets start_event and end_event to the last event whose time is not later; -1 if there is none. The times of
// events may go back a little where threads interleave, so an event counts as at least as late as those
// before it. An event without time has the time of the one before. One merge over the events for all spans.
// Sets nothing if the trace has no times.
void locate(const DeviceView& view, std::vector<Span>& spans) {
    struct Boundary {
        std::int64_t time_us;
        std::optional<std::int64_t>* event;
    };
    std::vector<Boundary> boundaries;
    boundaries.reserve(2 * spans.size());
    for (Span& span : spans) {
        if (span.start_us) boundaries.push_back({*span.start_us, &span.start_event});
        if (span.end_us) boundaries.push_back({*span.end_us, &span.end_event});
    }
    std::sort(boundaries.begin(), boundaries.end(),
              [](const Boundary& a, const Boundary& b) { return a.time_us < b.time_us; });
    std::int64_t latest = std::numeric_limits<std::int64_t>::min();
    bool any_time = false;
    auto next = boundaries.begin();
    for (std::int64_t event = 0; event <= view.last_event(); ++event) {
        const std::optional<std::int64_t> time = view.time_us(event);
        any_time = any_time || time;
        latest = std::max(latest, time.value_or(latest));
        for (; next != boundaries.end() && next->time_us < latest; ++next) *next->event = event - 1;
    }
    if (!any_time) return;
    for (; next != boundaries.end(); ++next) *next->event = view.last_event();
}

// Finds the interval with the highest maximum in a run of intervals; of equal ones, the first.
class HighestInterval {
public:
    explicit HighestInterval(const std::vector<Interval>& intervals)
        : m_intervals(intervals), m_tree(2 * intervals.size()) {
        const std::size_t leaves = intervals.size();
        for (std::size_t i = 0; i < leaves; ++i) m_tree[leaves + i] = static_cast<std::uint32_t>(i);
        for (std::size_t i = leaves; i-- > 1;) m_tree[i] = higher(m_tree[2 * i], m_tree[2 * i + 1]);
    }

    // The highest of intervals [first, last), which must not be empty.
    [[nodiscard]] const Interval& of(std::size_t first, std::size_t last) const {
        auto best = static_cast<std::uint32_t>(first);
        const std::size_t leaves = m_intervals.size();
        for (std::size_t low = first + leaves, high = last + leaves; low < high; low /= 2, high /= 2) {
            if (low % 2 == 1) best = higher(best, m_tree[low++]);
            if (high % 2 == 1) best = higher(best, m_tree[--high]);
        }
        return m_intervals[best];
    }

private:
    [[nodiscard]] std::uint32_t higher(std::uint32_t a, std::uint32_t b) const {
        if (m_intervals[a].max != m_intervals[b].max) return m_intervals[a].max > m_intervals[b].max ? a : b;
        return std::min(a, b);
    }

    const std::vector<Interval>& m_intervals;
    std::vector<std::uint32_t> m_tree;
};

// The first and the last event of the span, between which its peak is computed. nullopt if an event is not
// known.
std::optional<std::pair<std::int64_t, std::int64_t>> extent(const DeviceView& view, const Span& span) {
    if (!span.start_event && !span.end_event) return std::nullopt;
    if ((span.has_start && !span.start_event) || (span.has_end && !span.end_event)) return std::nullopt;
    const std::int64_t first = span.start_event.value_or(-1);
    // If the clock went backwards, the end may be before the start.
    return std::pair(first, std::max(first, span.end_event.value_or(view.last_event())));
}

SpanRow row_of(const Span& span, std::int64_t depth) {
    SpanRow row;
    row.name = span.name;
    row.depth = depth;
    row.cut = !span.has_start || !span.has_end;
    row.start_event = span.start_event;
    row.end_event = span.end_event;
    row.start_time_us = span.start_us;
    row.end_time_us = span.end_us;
    return row;
}

void fill_bytes(const DeviceView& view, const std::vector<Span>& spans, std::vector<SpanRow>& rows) {
    std::vector<std::int64_t> cuts;
    cuts.reserve(2 * spans.size() + 1);
    for (const Span& span : spans) {
        if (const auto events = extent(view, span))
            cuts.insert(cuts.end(), {events->first, events->second + 1});
    }
    if (cuts.empty()) return;
    prepare_cuts(cuts);
    const std::vector<Interval> intervals = live_intervals(view, cuts, Measure::requested);
    const HighestInterval highest(intervals);
    for (std::size_t i = 0; i < spans.size(); ++i) {
        const auto events = extent(view, spans[i]);
        if (!events) continue;
        const std::size_t first = interval_at(cuts, events->first);
        const std::size_t last = interval_at(cuts, events->second + 1);
        const Interval& peak = highest.of(first, last);
        rows[i].peak_bytes = peak.max;
        rows[i].peak_event = peak.max_event;
        if (spans[i].has_start) rows[i].start_bytes = intervals[first].first;
        if (spans[i].has_end) rows[i].end_bytes = intervals[last - 1].last;
    }
}

}  // namespace

std::vector<SpanRow> make_spans(const DeviceView& view) {
    std::vector<SpanRow> rows;
    std::vector<Span> spans = pair_annotations(view);
    if (spans.empty()) return rows;
    sort_by_start(spans);
    locate(view, spans);
    const std::vector<std::int64_t> depth = depths(spans);
    rows.reserve(spans.size());
    for (std::size_t i = 0; i < spans.size(); ++i) rows.push_back(row_of(spans[i], depth[i]));
    fill_bytes(view, spans, rows);
    return rows;
}

}  // namespace snapq::timeline
