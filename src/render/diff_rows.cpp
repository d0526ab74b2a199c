#include "render/diff_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "render/escape.hpp"
#include "render/summary_parts.hpp"
#include "support/numbers.hpp"

namespace snapq::render {
namespace {

using report::DiffDevice;
using report::DiffFigure;
using report::DiffMoment;
using report::DiffRow;
using report::MaybeInteger;

std::string duration_text(std::int64_t microseconds) {
    const auto value = static_cast<double>(microseconds);
    if (std::abs(value) < 1e3) return fmt::format("{:+} us", microseconds);
    if (std::abs(value) < 1e6) return fmt::format("{:+.1f} ms", value / 1e3);
    return fmt::format("{:+.2f} s", value / 1e6);
}

// The name of the moment; "" for the peak.
std::string moment_of(const std::optional<DiffMoment>& at) {
    return at && at->moment != "peak" ? printable(at->moment) : "";
}

constexpr std::string_view k_other = "[other]";

// `more`: the sum of further rows, which are not in `rows`.
ShownRows first_rows(std::span<const DiffRow> rows, std::size_t top, const report::OtherDiffRows& more,
                     std::string_view noun) {
    ShownRows shown;
    const std::size_t count = std::min(top, rows.size());
    shown.rows = rows.first(count);
    shown.other_count = rows.size() - count + more.count;
    if (shown.other_count == 0) return shown;
    DiffRow others = more.sum;
    for (const DiffRow& row : rows.subspan(count)) report::add_to(others, row);
    others.key = k_other;
    others.label = fmt::format("[{} {}{}]", shown.other_count, noun, shown.other_count == 1 ? "" : "s");
    shown.others = std::move(others);
    return shown;
}

std::string moment_name(const DiffDevice& device) {
    const std::string base = moment_of(device.base_at);
    std::string newer = moment_of(device.new_at);
    if (!device.base_at || base == newer) return newer;
    const auto name = [](const std::string& moment) { return moment.empty() ? "peak" : moment; };
    return device.new_at ? fmt::format("{} → {}", name(base), name(newer)) : base;
}

}  // namespace

ShownRows shown_rows(const DiffDevice& device, std::size_t top) {
    return first_rows(device.rows, top, device.others, "other");
}

ShownRows shown_lines(const DiffRow& function) {
    constexpr std::size_t k_lines = 5;
    std::span<const DiffRow> lines = function.lines;
    report::OtherDiffRows others;
    if (function.other_lines > 0) {
        others.count = function.other_lines;
        others.sum = lines.back();
        lines = lines.first(lines.size() - 1);
    }
    return first_rows(lines, k_lines, others, "other line");
}

UntrustedText line_name(const DiffRow& line) {
    const auto number = [](MaybeInteger value) { return value ? std::to_string(*value) : "?"; };
    if (line.key == k_other) return line.label;
    std::string name = "line " + number(line.new_line ? line.new_line : line.base_line);
    if (line.base_line && line.new_line && line.base_line != line.new_line) {
        name = fmt::format("line {} → {}", *line.base_line, *line.new_line);
    }
    return line.op.empty() ? name : fmt::format("{} ({})", name, line.op.raw());
}

std::string why_text(const DiffRow& row) {
    if (row.base_count == row.new_count || !report::is_about_size(row.why())) return {};
    return reason_words({row.base_bytes, row.base_count}, {row.new_bytes, row.new_count});
}

std::string older_text(const DiffRow& row) {
    if (row.base_older_bytes == 0 && row.new_older_bytes == 0) return {};
    if (row.label == "[before recording]") return {};  // the label says it already
    return fmt::format("allocated before the recording: {} → {}", format_size(row.base_older_bytes),
                       format_size(row.new_older_bytes));
}

std::string delta_text(MaybeInteger delta) {
    if (!delta) return "?";
    return (*delta > 0 ? "+" : "") + format_size(*delta);
}

std::string growth_text(const DiffFigure& figure) {
    const MaybeInteger delta = figure.delta();
    if (!delta || *figure.base <= 0) return {};
    const double percent = 100.0 * static_cast<double>(*delta) / static_cast<double>(*figure.base);
    if (*delta != 0 && std::abs(percent) < 0.05) return "~0 %";
    return *delta == 0 ? "0.0 %" : fmt::format("{:+.1f} %", percent);
}

std::string size_text(MaybeInteger bytes) {
    return bytes ? format_size(*bytes) : "?";
}

std::string maximum_text(const std::optional<report::DiffMaximum>& maximum) {
    if (!maximum) return "?";
    return (maximum->exact ? "" : "≤ ") + format_size(maximum->bytes);
}

std::string moment_text(const DiffMoment& moment) {
    std::string text;
    if (!moment.has_trace) {
        text = "the state at the dump";
    } else if (!moment.event) {
        text = moment.timestep ? fmt::format("timestep {}", format_count(*moment.timestep))
                               : "at an unknown time";
    } else if (*moment.event < 0) {
        text = "before the first event";
    } else {
        text = fmt::format("event {} of {}", format_count(*moment.event), format_count(moment.event_count));
    }
    if (!moment.window.empty()) text += " within " + printable(moment.window);
    if (moment.has_trace && moment.after_us) text += ", " + duration_text(*moment.after_us);
    return text;
}

std::vector<NamedFigure> totals_of(const DiffDevice& device) {
    std::vector<NamedFigure> totals{{"peak requested", device.peak_requested},
                                    {"peak reserved", device.peak_reserved}};
    const std::string moment = moment_name(device);
    if (!moment.empty()) {
        totals.push_back({"requested, " + moment, device.requested});
        totals.push_back({"reserved, " + moment, device.reserved});
    } else {
        totals.push_back({"reserved at the peak", device.reserved});
    }
    totals.push_back({"requested at the end", device.end_requested});
    totals.push_back({"allocations", device.allocations, false});
    std::erase_if(totals, [](const NamedFigure& total) { return !total.figure.base && !total.figure.newer; });
    return totals;
}

UntrustedText title_of(const report::DiffReport& report) {
    if (!report.base) return fmt::format("{} (no base: nothing was compared)", report.newer.raw());
    if (*report.base != report.newer || report.devices.empty()) {
        return fmt::format("{} → {}", report.base->raw(), report.newer.raw());
    }
    const DiffDevice& device = report.devices.front();
    const bool two_moments =
        device.base_at && device.new_at && device.base_at->moment != device.new_at->moment;
    if (!two_moments) return fmt::format("{} → {}", report.base->raw(), report.newer.raw());
    return fmt::format("{}: {} → {}", report.newer.raw(), device.base_at->moment.raw(),
                       device.new_at->moment.raw());
}

}  // namespace snapq::render
