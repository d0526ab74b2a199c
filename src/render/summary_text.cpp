#include <fmt/format.h>

#include <algorithm>

#include "render/summary.hpp"
#include "render/summary_parts.hpp"
#include "render/terminal_text.hpp"
#include "render/text_table.hpp"
#include "support/sizes.hpp"

namespace snapq::render {
namespace {

using report::DeviceSummary;

constexpr std::size_t k_width = 80;
constexpr std::size_t k_many_devices = 3;
constexpr std::size_t k_most_ooms = 3;

// "  label      text"; further lines of the text are aligned with the first.
std::string fact(std::string_view label, const std::string& text) {
    constexpr std::size_t k_indent = 13;
    return fmt::format("  {:<{}}{}\n", label, k_indent - 2, wrap(text, k_width, k_indent));
}

std::string oom_phrase(const report::DeviceFigures& figures) {
    if (!figures.oom_events) return {};
    if (*figures.oom_events == 0) return ", no OOM";
    return fmt::format(", OUT OF MEMORY {}",
                       *figures.oom_events == 1 ? "once" : count_words(*figures.oom_events, "time"));
}

std::string headline(const DeviceSummary& device) {
    const report::DeviceFigures& figures = device.figures;
    if (!figures.has_trace) {
        return fmt::format("device {}: {} requested at the dump; no trace, so the peak is unknown\n",
                           figures.device, size_words(figures.end_requested_bytes));
    }
    return fmt::format("device {}: peak {}{} requested{}{}\n", figures.device,
                       figures.complete ? "" : "at least ", size_words(figures.peak_requested_bytes),
                       device.window.empty() ? "" : " within " + printable(device.window),
                       oom_phrase(figures));
}

std::string start_end_text(const report::DeviceFigures& figures) {
    std::string text = fmt::format("{} at the start, {} at the end", size_words(figures.preexisting_bytes),
                                   size_words(figures.end_requested_bytes));
    if (const auto growth = figures.growth_bytes()) {
        text +=
            fmt::format(": {}{}", *growth > 0 ? "+" : "", *growth == 0 ? "no growth" : format_size(*growth));
    }
    return text;
}

std::string figures_text(const DeviceSummary& device) {
    const report::DeviceFigures& figures = device.figures;
    if (!figures.has_trace) return fact("reserved", size_words(figures.end_reserved_bytes));
    std::string text;
    if (figures.peak_reserved_bytes) {
        text += fact("reserved",
                     fmt::format("{} at that moment, {} at most", size_words(figures.reserved_at_peak_bytes),
                                 size_words(figures.peak_reserved_bytes)));
    }
    if (figures.preexisting_bytes) text += fact("requested", start_end_text(figures));
    return text;
}

std::string reached_text(const DeviceSummary& device) {
    if (!device.figures.has_trace) return {};
    const std::string when = when_words(device.figures);
    if (!device.peak_site)
        return fmt::format("peak reached {}{}\n", device.figures.peak_event == -1 ? "" : "at ", when);
    const std::string site = printable(site_words(*device.peak_site));
    std::string text = fmt::format("peak reached by {} at {}\n", site, when);
    if (display_width(text) <= k_width) return text;
    constexpr std::string_view k_before = "peak reached by ";
    return fmt::format("{}{}\n  at {}\n", k_before, keep_end(site, k_width - k_before.size()), when);
}

std::string rows_text(const DeviceSummary& device) {
    // Sizes take at most 11 columns, shares 7, counts as many as they need; the key gets the rest.
    constexpr std::size_t k_numbers = 2 + 11 + 2 + 7 + 2;
    const std::size_t counts = std::max<std::size_t>(format_count(device.live_count).size(), 5);
    const std::size_t room = k_width - k_numbers - counts;
    const std::string title = fmt::format("live at {}, by {}", moment_words(device), device.by);
    TextTable table({{keep_start(title, room)},
                     {"bytes", Align::right},
                     {"share", Align::right},
                     {"count", Align::right}});
    const auto add = [&](const report::LiveRow& row) {
        table.add_row({keep_end(row.label, room), format_size(row.bytes),
                       share_words(row.bytes, device.live_bytes), format_count(row.count)});
    };
    for (const report::LiveRow& row : device.top) add(row);
    if (device.others) add(*device.others);
    table.add_rule();
    table.add_row({"TOTAL", format_size(device.live_bytes), share_words(device.live_bytes, device.live_bytes),
                   format_count(device.live_count)});
    std::string text = "\n";
    table.draw(text);
    return text;
}

std::string reserved_text(const DeviceSummary& device) {
    if (!device.fragmentation || !device.fragmentation->reserved_bytes) return {};
    const report::Fragmentation& split = *device.fragmentation;
    const std::int64_t reserved = *split.reserved_bytes;
    std::string text = fmt::format("\n{} reserved at {}{}\n", format_size(reserved), moment_words(device),
                                   split.estimated ? " (estimated)" : "");
    const auto part = [&](const char* name, report::MaybeInteger bytes, const std::string& words) {
        if (!bytes) return;
        text += fmt::format("  {:<10} {:>11}  {:>7}  {}\n", name, format_size(*bytes),
                            share_words(*bytes, reserved), words);
    };
    part("requested", split.requested_bytes, "in use");
    part("rounding", split.rounding_bytes, "lost to block sizes");
    part("cached", split.cached_bytes, count_words(split.cached_segments.value_or(0), "whole free segment"));
    part("stranded", split.stranded_bytes,
         split.holes.value_or(0) == 0
             ? std::string("holes in used segments")
             : fmt::format("holes in used segments, largest {}", size_words(split.largest_hole_bytes)));
    return text;
}

std::string oom_sites_text(const report::OomReport& oom) {
    if (oom.top.empty()) return {};
    constexpr std::size_t k_most_other_devices = 3;
    const std::size_t others = std::min(oom.other_devices.size(), k_most_other_devices);
    std::vector<TableColumn> columns{{"top sites at the OOM"}, {"bytes", Align::right}};
    for (std::size_t i = 0; i < others; ++i) {
        columns.push_back({fmt::format("device {}*", oom.other_devices[i]), Align::right});
    }
    TextTable table(std::move(columns));
    const std::size_t room = k_width - (1 + others) * 13;
    for (const report::OomSite& site : oom.top) {
        std::vector<std::string> cells{keep_end(site.row.label, room), format_size(site.row.bytes)};
        for (std::size_t i = 0; i < others; ++i) cells.push_back(format_size(site.other_bytes[i]));
        table.add_row(std::move(cells));
    }
    std::string text;
    table.draw(text);
    if (others > 0) text += "* at that device's own peak\n";
    return text;
}

std::string oom_text(const DeviceSummary& device, const report::OomReport& oom) {
    const std::string time = time_words(oom.time_us, device.figures.first_time_us);
    std::string text = fmt::format("\nOUT OF MEMORY at event {}{}{}: {} requested\n", format_count(oom.event),
                                   time.empty() ? "" : ", ", time, size_words(oom.asked_bytes));
    text += fact("by", keep_end(site_words(oom.site), k_width - 14));
    if (oom.device_free_bytes) {
        text += fact(
            "free",
            fmt::format("{} on the device{}", size_words(oom.device_free_bytes),
                        oom.short_bytes.value_or(0) > 0 ? ": short by " + size_words(oom.short_bytes) : ""));
    }
    std::string held = fmt::format("{} requested, {} reserved", size_words(oom.requested_bytes),
                                   size_words(oom.reserved_bytes));
    if (oom.fragmentation) {
        held += fmt::format(
            "; {} cached, {} stranded, {}, the largest {}", size_words(oom.fragmentation->cached_bytes),
            size_words(oom.fragmentation->stranded_bytes),
            count_words(oom.fragmentation->holes.value_or(0), "hole"), size_words(oom.largest_hole_bytes));
    }
    text += fact("held", held);
    if (const std::string fit = fit_words(oom); !fit.empty()) text += fact("verdict", fit);
    text += fact("retried", oom.attempts == 1
                                ? std::string("never")
                                : fmt::format("{}, last at event {}", count_words(oom.attempts - 1, "time"),
                                              format_count(oom.last_event)));
    return text + oom_sites_text(oom);
}

std::string remarks_text(const std::vector<std::string>& remarks) {
    std::string text;
    for (const std::string& remark : remarks) text += "- " + wrap(printable(remark), k_width, 2) + "\n";
    return text;
}

std::string device_text(const DeviceSummary& device, int chart_rows) {
    std::string text = headline(device) + figures_text(device);
    if (const std::string chart = draw_chart(device, chart_rows, k_width); !chart.empty()) {
        text += (chart_rows > 1 ? "\n" : "") + chart;
    }
    text += reached_text(device);
    text += rows_text(device);
    text += reserved_text(device);
    const std::size_t ooms = std::min(device.ooms.size(), k_most_ooms);
    for (std::size_t i = 0; i < ooms; ++i) text += oom_text(device, device.ooms[i]);
    if (device.ooms.size() > ooms) {
        text += fmt::format("  and {} (--format json lists them)\n",
                            count_words(static_cast<std::int64_t>(device.ooms.size() - ooms), "other OOM"));
    }
    if (!device.remarks.empty()) text += "\n" + remarks_text(device.remarks);
    return text;
}

// Rank and labels, if there are any.
std::string origin_text(const report::ArchiveSummary& archive) {
    std::string text;
    if (archive.rank) text += fmt::format("rank {}", *archive.rank);
    for (const auto& [key, value] : archive.labels) {
        text += fmt::format("{}{}={}", text.empty() ? "" : ", ", printable(key), printable(value));
    }
    return text.empty() ? text : wrap(text, k_width, 2, 0) + "\n\n";
}

std::string archive_text(const report::ArchiveSummary& archive, const SummaryTextOptions& options) {
    std::string text = origin_text(archive);
    const int rows = options.chart_rows.value_or(archive.devices.size() < k_many_devices ? 10 : 1);
    for (const DeviceSummary& device : archive.devices) {
        if (&device != &archive.devices.front()) text += "\n";
        text += device_text(device, rows);
    }
    if (archive.devices.empty()) text += "the snapshot is empty: it has no devices, events or segments\n";
    const bool follows_remarks = archive.devices.size() == 1 && !archive.devices.front().remarks.empty();
    if (!follows_remarks && !archive.remarks.empty()) text += "\n";
    return text + remarks_text(archive.remarks);
}

}  // namespace

std::string summary_text(const report::Summary& summary, const SummaryTextOptions& options) {
    if (summary.several) return ranks_text(summary);
    return summary.archives.empty() ? std::string() : archive_text(summary.archives.front(), options);
}

}  // namespace snapq::render
