#include "render/summary_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "render/terminal_text.hpp"
#include "support/numbers.hpp"

namespace snapq::render {
namespace {

constexpr std::array k_blocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr const char* k_peak_mark = "▲";
constexpr const char* k_oom_mark = "✗";
constexpr int k_eighths = 8;
constexpr std::size_t k_label_width = 10;  // "1023.99 GiB" has 11 and moves the axis, but it is rare
constexpr std::size_t k_axis_width = k_label_width + 2;

// The highest values inside a slice of the events. The curve keeps its value until its next point.
struct Column {
    std::int64_t requested = 0;
    std::int64_t reserved = 0;
};

class Slices {
public:
    Slices(const std::vector<report::CurvePoint>& curve, std::size_t count)
        : m_first(curve.front().event),
          m_events(saturating_add(distance_between(curve.back().event, m_first), 1)),
          m_columns(count) {
        report::CurvePoint last = curve.front();
        for (const report::CurvePoint& point : curve) {
            hold(last, of(point.event));
            raise(of(point.event), point);
            last = point;
        }
        hold(last, count);
    }

    [[nodiscard]] std::size_t of(std::int64_t event) const {
        const double share =
            static_cast<double>(saturating_subtract(event, m_first)) / static_cast<double>(m_events);
        const auto column =
            static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(m_columns.size()));
        return std::min(column, m_columns.size() - 1);
    }
    [[nodiscard]] const std::vector<Column>& columns() const { return m_columns; }

private:
    void raise(std::size_t column, const report::CurvePoint& point) {
        Column& at = m_columns[column];
        at.requested = std::max(at.requested, point.requested_bytes);
        at.reserved = std::max(at.reserved, point.reserved_bytes.value_or(0));
    }
    // A column without a point has the value of the point before it.
    void hold(const report::CurvePoint& point, std::size_t end) {
        for (std::size_t column = m_filled; column < end; ++column) raise(column, point);
        m_filled = std::max(m_filled, end);
    }

    std::int64_t m_first;
    std::int64_t m_events;
    std::vector<Column> m_columns;
    std::size_t m_filled = 0;  // columns whose value is known from their first event on
};

std::int64_t highest_value(const std::vector<Column>& columns) {
    std::int64_t most = 1;
    for (const Column& column : columns) most = std::max({most, column.requested, column.reserved});
    return most;
}

int level(std::int64_t bytes, std::int64_t scale, int levels) {
    if (bytes <= 0) return 0;
    const double share = static_cast<double>(bytes) / static_cast<double>(scale);
    // At least one level, so that every value above 0 is visible.
    return std::clamp(static_cast<int>(std::lround(share * levels)), 1, levels);
}

std::string row_of(const std::vector<Column>& columns, std::int64_t scale, int row, int rows) {
    std::string line;
    const int below = row * k_eighths;
    for (const Column& column : columns) {
        const int filled = level(column.requested, scale, rows * k_eighths) - below;
        if (filled > 0) {
            line += k_blocks[static_cast<std::size_t>(std::min(filled, k_eighths))];
        } else {
            line += level(column.reserved, scale, rows) > row ? "░" : " ";
        }
    }
    while (line.ends_with(' ')) line.pop_back();
    return line;
}

std::string axis_label(std::int64_t scale, int row, int rows) {
    if (row == rows - 1) return format_size(scale);
    if (row == rows / 2 - 1) return format_size(scale / 2);
    return {};
}

// Explains the marks that are on the axis.
std::string legend(const std::vector<std::string>& marks) {
    std::string text = "█ requested, ░ reserved";
    if (std::ranges::find(marks, k_peak_mark) != marks.end()) text += fmt::format(", {} peak", k_peak_mark);
    if (std::ranges::find(marks, k_oom_mark) != marks.end())
        text += fmt::format(", {} out of memory", k_oom_mark);
    return text;
}

std::string axis(const report::DeviceSummary& device, const Slices& slices, std::size_t width) {
    std::vector<std::string> marks(width, "─");
    if (device.figures.peak_event) marks[slices.of(*device.figures.peak_event)] = k_peak_mark;
    for (const report::OomReport& oom : device.ooms) marks[slices.of(oom.event)] = k_oom_mark;
    std::string line;
    for (const std::string& mark : marks) line += mark;
    const std::string names = legend(marks);
    const std::string last =
        fmt::format("event {}", format_count(saturating_subtract(device.figures.event_count.value_or(1), 1)));
    const std::size_t used = display_width(names) + last.size();
    return fmt::format("{:>{}} └{}\n{:{}}{}{:{}}{}\n", "0 B", k_label_width, line, "", k_axis_width, names,
                       "", width > used ? width - used : 1, last);
}

std::string draw_line(const Slices& slices) {
    std::int64_t scale = 1;
    for (const Column& column : slices.columns()) scale = std::max(scale, column.requested);
    return fmt::format("{:>{}} ▕{}▏\n", format_size(scale), k_label_width,
                       row_of(slices.columns(), scale, 0, 1));
}

}  // namespace

std::string draw_chart(const report::DeviceSummary& device, int rows, std::size_t width) {
    if (rows <= 0 || !device.figures.has_trace || device.curve.size() < 2 || width <= k_axis_width + 1)
        return {};
    if (rows == 1) {
        std::vector<report::CurvePoint> requested = device.curve;
        for (report::CurvePoint& point : requested) point.reserved_bytes = std::nullopt;
        return draw_line(Slices(requested, width - k_axis_width - 1));
    }
    const std::size_t columns = width - k_axis_width;
    const Slices slices(device.curve, columns);
    const std::int64_t scale = highest_value(slices.columns());
    std::string text;
    for (int row = rows - 1; row >= 0; --row) {
        const std::string line = row_of(slices.columns(), scale, row, rows);
        text += fmt::format("{:>{}} ┤{}\n", axis_label(scale, row, rows), k_label_width, line);
    }
    return text + axis(device, slices, columns);
}

}  // namespace snapq::render
