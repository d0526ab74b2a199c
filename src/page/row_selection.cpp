#include "page/row_selection.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "json/writer.hpp"
#include "support/numbers.hpp"

namespace snapq::page {
namespace {

constexpr std::int64_t k_parts = 1000;
constexpr std::int64_t k_points_of_part = 4;

}  // namespace

double cost_of(const AllocationRow& row, std::int64_t events) {
    const std::int64_t life = row.life > 0 ? row.life : std::max<std::int64_t>(events - row.start, 1);
    return std::max(static_cast<double>(row.size) * static_cast<double>(life), 1.0);
}

void CostHistogram::add(double cost) {
    const double at = std::log2(cost) * k_classes_a_doubling;
    ++m_counts[std::min(static_cast<std::size_t>(at), k_classes - 1)];
}

double CostHistogram::least_cost_of(std::int64_t rows) const {
    std::size_t lowest = k_classes;
    for (; lowest > 0 && m_counts[lowest - 1] <= rows; --lowest) rows -= m_counts[lowest - 1];
    return std::exp2(static_cast<double>(lowest) / k_classes_a_doubling);
}

LeftOutCurve::LeftOutCurve(const std::string& prefix, std::int64_t events)
    : m_events(prefix + "left-out-event", Coding::delta),
      m_live(prefix + "left-out-bytes", Coding::delta),
      m_part_events(events <= k_parts * k_points_of_part ? 1 : events / k_parts) {}

void LeftOutCurve::add(const AllocationRow& row) {
    ++m_allocations;
    m_bytes = saturating_add(m_bytes, row.size);
    end_until(row.start);
    m_live_bytes = saturating_add(m_live_bytes, row.size);
    reach(row.start);
    if (row.life > 0) m_ends.push({row.start + row.life, row.size});
}

void LeftOutCurve::end_until(std::int64_t event) {
    while (!m_ends.empty() && m_ends.top().event <= event) {
        const End end = m_ends.top();
        m_ends.pop();
        m_live_bytes = saturating_add(m_live_bytes, -end.bytes);
        reach(end.event);
    }
}

void LeftOutCurve::reach(std::int64_t event) {
    if (event != m_now.event) settle();
    m_now = {event, m_live_bytes};
}

// Adds the current point, which is now final, to the points of its part.
void LeftOutCurve::settle() {
    const auto part_of = [&](std::int64_t event) { return (event + 1) / m_part_events; };
    if (!m_points.empty() && part_of(m_points.front().event) != part_of(m_now.event)) emit_part();
    if (m_points.empty()) {
        m_points.assign(k_points_of_part, m_now);
        return;
    }
    if (m_now.bytes < m_points[1].bytes) m_points[1] = m_now;
    if (m_now.bytes > m_points[2].bytes) m_points[2] = m_now;
    m_points[3] = m_now;
}

void LeftOutCurve::emit_part() {
    std::ranges::sort(m_points, {}, &Point::event);
    const auto is_repeated = [](const Point& one, const Point& other) { return one.event == other.event; };
    m_points.erase(std::unique(m_points.begin(), m_points.end(), is_repeated), m_points.end());
    for (const Point& point : m_points) {
        m_events.add(point.event);
        m_live.add(point.bytes);
    }
    m_points.clear();
}

void LeftOutCurve::write(json::JsonWriter& to, HtmlWriter& page) {
    to.key("left_out");
    if (m_allocations == 0) {
        to.null();
        return;
    }
    end_until(std::numeric_limits<std::int64_t>::max());
    settle();
    emit_part();
    to.begin_object();
    write_column(to.key("event"), m_events.write_to(page));
    write_column(to.key("bytes"), m_live.write_to(page));
    to.end_object();
}

std::string LargestRows::take_json() {
    std::string text;
    json::JsonWriter json(text);
    json.begin_array();
    for (; !m_rows.empty(); m_rows.pop()) json.value(m_rows.top().idx);
    json.end_array();
    return text;
}

}  // namespace snapq::page
