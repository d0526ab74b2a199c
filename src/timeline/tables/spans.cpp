#include "timeline/tables/spans.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "timeline/tables/curve.hpp"

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

    // Where the span begins and ends for comparisons; what is not known reaches beyond everything.
    [[nodiscard]] std::int64_t begin() const { return start_us.value_or(-k_forever); }
    [[nodiscard]] std::int64_t finish() const { return end_us.value_or(k_forever); }
};

// Says which annotations belong to the device of the view.
class AnnotationFilter {
public:
    explicit AnnotationFilter(const DeviceView& view)
        : m_device(view.replay.device), m_devices(devices_of(view.snapshot)) {}

    bool operator()(const snapshot::Annotation& annotation) const {
        const bool has_home =
            annotation.device && std::binary_search(m_devices.begin(), m_devices.end(), *annotation.device);
        if (has_home) return *annotation.device == m_device;
        return m_devices.empty() || m_devices.front() == m_device;
    }

private:
    std::int64_t m_device;
    std::vector<std::int64_t> m_devices;
};

std::vector<Span> pair_annotations(const DeviceView& view) {
    const AnnotationFilter is_ours(view);
    std::vector<Span> spans;
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

// For spans in order of start: of those before it, the ones that end no earlier contain a span. Counted with
// a Fenwick tree over the ranks of the ends.
std::vector<std::int64_t> depths(const std::vector<Span>& spans) {
    std::vector<std::int64_t> ends;
    for (const Span& span : spans) ends.push_back(span.finish());
    std::sort(ends.begin(), ends.end(), std::greater<>());
    std::vector<std::int64_t> tree(spans.size() + 1, 0);
    std::vector<std::int64_t> result;
    for (const Span& span : spans) {
        // Rank of the last end that is not earlier than this one, from 1.
        const auto until = std::upper_bound(ends.begin(), ends.end(), span.finish(), std::greater<>());
        const auto rank = static_cast<std::size_t>(until - ends.begin());
        std::int64_t containing = 0;
        for (std::size_t i = rank; i > 0; i &= i - 1) containing += tree[i];
        result.push_back(containing);
        for (std::size_t i = rank; i < tree.size(); i += i & (~i + 1)) ++tree[i];
    }
    return result;
}

// Sets start_event and end_event: the last event whose time is not later, -1 before all. Threads may step
// back a little in time, so an event counts as not earlier than those before it; events without time happen
// with the one before. One merge over the events for all spans. Without times in the trace nothing is set.
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

// Finds the interval with the maximum of a run of intervals, the first of equal ones.
class HighestCell {
public:
    explicit HighestCell(const std::vector<Interval>& intervals)
        : m_cells(intervals), m_tree(2 * intervals.size()) {
        const std::size_t leaves = intervals.size();
        for (std::size_t i = 0; i < leaves; ++i) m_tree[leaves + i] = static_cast<std::uint32_t>(i);
        for (std::size_t i = leaves; i-- > 1;) m_tree[i] = higher(m_tree[2 * i], m_tree[2 * i + 1]);
    }

    // Of intervals [first, last), not empty.
    [[nodiscard]] const Interval& of(std::size_t first, std::size_t last) const {
        auto best = static_cast<std::uint32_t>(first);
        const std::size_t leaves = m_cells.size();
        for (std::size_t low = first + leaves, high = last + leaves; low < high; low /= 2, high /= 2) {
            if (low % 2 == 1) best = higher(best, m_tree[low++]);
            if (high % 2 == 1) best = higher(best, m_tree[--high]);
        }
        return m_cells[best];
    }

private:
    [[nodiscard]] std::uint32_t higher(std::uint32_t a, std::uint32_t b) const {
        if (m_cells[a].max != m_cells[b].max) return m_cells[a].max > m_cells[b].max ? a : b;
        return std::min(a, b);
    }

    const std::vector<Interval>& m_cells;
    std::vector<std::uint32_t> m_tree;
};

// The stretch of events over which a span's peak is sought; nothing when a half has no place on the axis.
std::optional<std::pair<std::int64_t, std::int64_t>> extent(const DeviceView& view, const Span& span) {
    if (!span.start_event && !span.end_event) return std::nullopt;
    if ((span.has_start && !span.start_event) || (span.has_end && !span.end_event)) return std::nullopt;
    const std::int64_t first = span.start_event.value_or(-1);
    // A clock that runs backwards must not turn the span inside out.
    return std::pair(first, std::max(first, span.end_event.value_or(view.last_event())));
}

SpanRow row_of(const DeviceView& view, const Span& span, std::int64_t depth) {
    SpanRow row;
    if (!span.name.is_none()) row.name = view.snapshot.symbols.text(span.name);
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
    const std::vector<Interval> intervals = live_cells(view, cuts, Measure::requested);
    const HighestCell highest(intervals);
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
    for (std::size_t i = 0; i < spans.size(); ++i) rows.push_back(row_of(view, spans[i], depth[i]));
    fill_bytes(view, spans, rows);
    return rows;
}

}  // namespace snapq::timeline
