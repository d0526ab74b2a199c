#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "render/call_tree.hpp"
#include "render/escape.hpp"
#include "render/summary.hpp"
#include "render/summary_parts.hpp"
#include "render/terminal_text.hpp"
#include "render/text_table.hpp"
#include "support/devices.hpp"
#include "support/numbers.hpp"

namespace snapq::render {
namespace {

using report::DeviceSummary;

constexpr std::size_t k_most_ooms = 3;
constexpr int k_chart_rows = 10;
constexpr std::size_t k_many_devices = 3;

// How much of a device is shown.
struct Extent {
    std::size_t chart_rows = k_chart_rows;
    std::size_t rows = std::numeric_limits<std::size_t>::max();  // of the table
    std::size_t ooms = k_most_ooms;
    bool oom_sites = true;
    std::size_t remarks = std::numeric_limits<std::size_t>::max();
};

// "  label      text"; further lines of the text are aligned with the first.
std::string fact(std::string_view label, const UntrustedText& text, std::size_t width) {
    constexpr std::size_t k_indent = 13;
    return fmt::format("  {:<{}}{}\n", label, k_indent - 2, wrap(printable(text), width, k_indent));
}

std::string oom_phrase(const report::DeviceFigures& figures, const TextStyle& style) {
    if (!figures.oom_events) return {};
    if (*figures.oom_events == 0) return ", no OOM";
    return ", " +
           colored(fmt::format("OUT OF MEMORY {}",
                               *figures.oom_events == 1 ? "once" : counted(*figures.oom_events, "time")),
                   Color::red, style.color);
}

std::string headline(const DeviceSummary& device, const TextStyle& style) {
    const report::DeviceFigures& figures = device.figures;
    if (!figures.has_trace) {
        return fmt::format("{}: {} requested at the dump; no trace, so the peak is unknown\n",
                           device_label(figures.device), size_words(figures.end_requested_bytes));
    }
    return fmt::format("{}: peak {}{} requested{}{}\n", device_label(figures.device),
                       figures.complete ? "" : "at least ", size_words(figures.peak_requested_bytes),
                       device.window.empty() ? "" : " within " + printable(device.window),
                       oom_phrase(figures, style));
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

std::string figures_text(const DeviceSummary& device, std::size_t width) {
    const report::DeviceFigures& figures = device.figures;
    const UntrustedText categories = category_words(device);
    const std::string known = categories.empty() ? "" : fact("categories", categories, width);
    if (!figures.has_trace) return fact("reserved", size_words(figures.end_reserved_bytes), width) + known;
    std::string text;
    if (figures.peak_reserved_bytes) {
        text += fact("reserved",
                     fmt::format("{} at that moment, {} at most", size_words(figures.reserved_at_peak_bytes),
                                 size_words(figures.peak_reserved_bytes)),
                     width);
    }
    if (figures.preexisting_bytes) text += fact("requested", start_end_text(figures), width);
    const std::string steps = device.window.empty() ? step_words(device) : std::string();
    return text + known + (steps.empty() ? "" : fact("steps", steps, width));
}

std::string reached_text(const DeviceSummary& device, std::size_t width) {
    if (!device.figures.has_trace) return {};
    const std::string when = when_words(device.figures);
    if (!device.peak_site)
        return fmt::format("peak reached {}{}\n", device.figures.peak_event == -1 ? "" : "at ", when);
    constexpr std::string_view k_before = "peak reached by ";
    const UntrustedText site = site_words(*device.peak_site);
    const std::string end = fmt::format(" at {}\n", when);
    if (k_before.size() + display_width(site) + end.size() - 1 <= width)
        return fmt::format("{}{}{}", k_before, printable(site), end);
    return fmt::format("{}{}\n {}", k_before, keep_key(site, width - k_before.size()), end);
}

// A row of the table as it is shown. Memory from before the recording gets separate rows.
struct ShownRow {
    UntrustedText label;
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    bool older = false;
    std::vector<UntrustedText> stack{};
};

void add_parts(const report::LiveRow& row, std::vector<ShownRow>& shown) {
    const std::int64_t newer = row.count - row.older.count;
    if (newer > 0 || row.older.count == 0)
        shown.push_back({row.label, row.bytes - row.older.bytes, newer, false, row.stack});
    if (row.older.count > 0) {
        const bool is_only_part = newer <= 0;
        shown.push_back({row.label, row.older.bytes, row.older.count, true,
                         is_only_part ? row.stack : std::vector<UntrustedText>()});
    }
}

// The first `most` rows of the device, largest first, then the sum of the others.
std::vector<ShownRow> shown_rows(const DeviceSummary& device, std::size_t most) {
    std::vector<ShownRow> shown;
    const report::LiveRow further = device.others.value_or(report::LiveRow{});
    report::OtherLiveRows others{device.other_keys, further.bytes, further.count, further.older};
    for (std::size_t i = 0; i < device.top.size(); ++i) {
        if (i < most) {
            add_parts(device.top[i], shown);
        } else {
            others.add(device.top[i]);
        }
    }
    std::ranges::stable_sort(shown, std::ranges::greater(), &ShownRow::bytes);
    if (others.keys == 0) return shown;
    report::LiveRow sum;
    sum.label = fmt::format("[{}]", counted(others.keys, "other"));
    sum.bytes = others.bytes;
    sum.count = others.count;
    sum.older = others.older;
    const std::size_t first = shown.size();
    add_parts(sum, shown);
    // The number of keys with older memory is not known, so the second line does not repeat the number.
    if (shown.size() - first == 2) shown.back().label = "[others, before recording]";
    return shown;
}

std::string older_legend(const DeviceSummary& device, std::size_t width) {
    if (device.older.count == 0) return {};
    const std::string share = share_words(device.older.bytes, device.live_bytes);
    return wrap(fmt::format("{} allocated before the recording: {}{}", k_older_mark,
                            format_size(device.older.bytes), share.empty() ? "" : ", " + share),
                width, 2, 0) +
           "\n";
}

std::string rows_text(const DeviceSummary& device, std::size_t most, std::size_t width) {
    if (device.tree)
        return tree_text(device, width) + older_legend(device, width) + pending_text(device, width);
    // Sizes take at most 11 columns, shares 7, counts as many as they need; the key gets the rest.
    constexpr std::size_t k_numbers = 2 + 11 + 2 + 7 + 2;
    const std::size_t counts = std::max<std::size_t>(format_count(device.live_count).size(), 5);
    const std::size_t room = width - k_numbers - counts;
    const std::string title = fmt::format("live at {}, by {}", moment_words(device), device.by);
    TextTable table({{keep_start(title, room)},
                     {"bytes", Align::right},
                     {"share", Align::right},
                     {"count", Align::right}});
    // If a row names several modules, the last one is the most useful.
    const auto cut = device.by == "module" ? keep_end : keep_key;
    for (const ShownRow& row : shown_rows(device, most)) {
        const std::string label =
            row.older ? fmt::format("{} {}", cut(row.label, room - 2), k_older_mark) : cut(row.label, room);
        table.add_row({label, format_size(row.bytes), share_words(row.bytes, device.live_bytes),
                       format_count(row.count)});
        for (const UntrustedText& frame : row.stack) table.add_row({"  " + keep_end(frame, room - 2)});
    }
    table.add_rule();
    table.add_row({"TOTAL", format_size(device.live_bytes), share_words(device.live_bytes, device.live_bytes),
                   format_count(device.live_count)});
    std::string text = "\n";
    table.draw(text);
    return text + older_legend(device, width) + pending_text(device, width);
}

std::string cached_words(const report::Fragmentation& split) {
    std::string text = counted(split.cached_segments.value_or(0), "whole free segment");
    if (split.cached_segments.value_or(0) > 1 && split.largest_cached_segment_bytes)
        text += ", largest " + size_words(split.largest_cached_segment_bytes);
    return text;
}

std::string reserved_text(const DeviceSummary& device, const TextStyle& style) {
    if (const std::string words = unprepared_parts_words(device); !words.empty())
        return "\n" + wrap(words, style.width, 2, 0) + "\n";
    if (!device.fragmentation || !device.fragmentation->reserved_bytes) return {};
    const report::Fragmentation& split = *device.fragmentation;
    const std::int64_t reserved = *split.reserved_bytes;
    std::string text = fmt::format(
        "\n{} reserved at {}{}\n", format_size(reserved), moment_words(device),
        split.estimated ? " " + colored("(estimated)", Color::yellow, style.color) : std::string());
    const auto part = [&](const char* name, report::MaybeInteger bytes, const std::string& words) {
        if (!bytes) return;
        text += fmt::format("  {:<10} {:>11}  {:>7}  {}\n", name, format_size(*bytes),
                            share_words(*bytes, reserved), words);
    };
    part("requested", split.requested_bytes, "in use");
    part("rounding", split.rounding_bytes, "lost to block sizes");
    part("cached", split.cached_bytes, cached_words(split));
    part("stranded", split.stranded_bytes,
         split.holes.value_or(0) == 0
             ? std::string("holes in used segments")
             : fmt::format("holes in used segments, largest {}", size_words(split.largest_hole_bytes)));
    return text;
}

std::string oom_sites_text(const report::OomReport& oom, std::size_t width) {
    if (oom.top.empty()) return {};
    constexpr std::size_t k_most_other_devices = 3;
    const std::size_t others = std::min(oom.other_devices.size(), k_most_other_devices);
    std::vector<TableColumn> columns{{"top sites at the OOM"}, {"bytes", Align::right}};
    for (std::size_t i = 0; i < others; ++i) {
        columns.push_back({fmt::format("device {}*", oom.other_devices[i]), Align::right});
    }
    TextTable table(std::move(columns));
    const std::size_t room = width - (1 + others) * 13;
    for (const report::OomSite& site : oom.top) {
        std::vector<UntrustedText> cells{keep_key(site.row.label, room), format_size(site.row.bytes)};
        for (std::size_t i = 0; i < others; ++i) cells.emplace_back(format_size(site.other_bytes[i]));
        table.add_row(cells);
    }
    std::string text;
    table.draw(text);
    if (others > 0) text += "* at that device's own peak\n";
    return text;
}

std::string oom_text(const DeviceSummary& device, const report::OomReport& oom, const TextStyle& style) {
    const std::string time = time_words(oom.time_us, device.figures.first_time_us);
    std::string text =
        fmt::format("\n{} at event {}{}{}: {} requested\n", colored("OUT OF MEMORY", Color::red, style.color),
                    format_count(oom.event), time.empty() ? "" : ", ", time, size_words(oom.asked_bytes));
    text += fact("by", keep_key(site_words(oom.site), style.width - 14), style.width);
    if (oom.device_free_bytes) {
        text += fact(
            "free",
            fmt::format("{} on the device{}", size_words(oom.device_free_bytes),
                        oom.short_bytes.value_or(0) > 0 ? ": short by " + size_words(oom.short_bytes) : ""),
            style.width);
    }
    std::string held = fmt::format("{} requested, {} reserved", size_words(oom.requested_bytes),
                                   size_words(oom.reserved_bytes));
    if (oom.fragmentation) {
        held += fmt::format(
            "; {} cached, {} stranded, {}, the largest {}", size_words(oom.fragmentation->cached_bytes),
            size_words(oom.fragmentation->stranded_bytes),
            counted(oom.fragmentation->holes.value_or(0), "hole"), size_words(oom.largest_hole_bytes));
    }
    text += fact("held", held, style.width);
    if (const UntrustedText usable = usable_words(oom); !usable.empty())
        text += fact("usable", usable, style.width);
    if (const UntrustedText unusable = unusable_words(oom); !unusable.empty())
        text += fact("not usable", unusable, style.width);
    text += fact("verdict", fit_words(oom), style.width);
    text += fact("retried",
                 oom.attempts == 1 ? std::string("never")
                                   : fmt::format("{}, last at event {}", counted(oom.attempts - 1, "time"),
                                                 format_count(oom.last_event)),
                 style.width);
    return text;
}

std::string remarks_text(const std::vector<UntrustedText>& remarks, std::size_t width,
                         std::size_t most = std::numeric_limits<std::size_t>::max()) {
    std::string text;
    for (std::size_t i = 0; i < std::min(remarks.size(), most); ++i)
        text += "- " + wrap(printable(remarks[i]), width, 2) + "\n";
    if (remarks.size() > most) {
        text += fmt::format("- and {} (--device all shows them)\n",
                            counted(static_cast<std::int64_t>(remarks.size() - most), "other note"));
    }
    return text;
}

std::string ooms_text(const DeviceSummary& device, const Extent& extent, const TextStyle& style) {
    std::string text;
    const std::size_t ooms = std::min(device.ooms.size(), extent.ooms);
    for (std::size_t i = 0; i < ooms; ++i) {
        text += oom_text(device, device.ooms[i], style);
        if (extent.oom_sites) text += oom_sites_text(device.ooms[i], style.width);
    }
    if (device.ooms.size() > ooms) {
        text += fmt::format("  and {} (--format json lists them)\n",
                            counted(static_cast<std::int64_t>(device.ooms.size() - ooms), "other OOM"));
    }
    return text;
}

std::string device_text(const DeviceSummary& device, const Extent& extent, const TextStyle& style) {
    std::string text = headline(device, style) + figures_text(device, style.width);
    const std::string chart = draw_chart(device, static_cast<int>(extent.chart_rows), style.width);
    if (!chart.empty()) text += (extent.chart_rows > 1 ? "\n" : "") + chart;
    text += reached_text(device, style.width);
    text += rows_text(device, extent.rows, style.width);
    text += reserved_text(device, style);
    text += ooms_text(device, extent, style);
    text += advice_text(device, style);
    if (!device.remarks.empty()) text += "\n" + remarks_text(device.remarks, style.width, extent.remarks);
    return text;
}

// Rank and labels, if there are any.
std::string origin_text(const report::ArchiveSummary& archive, std::size_t width) {
    std::string text;
    if (archive.rank) text += fmt::format("rank {}", *archive.rank);
    for (const auto& [key, value] : archive.labels) {
        text += fmt::format("{}{}={}", text.empty() ? "" : ", ", printable(key), printable(value));
    }
    return text.empty() ? text : wrap(text, width, 2, 0) + "\n\n";
}

std::vector<const DeviceSummary*> detailed_devices(const report::Summary& summary, Details details) {
    std::vector<const DeviceSummary*> devices;
    for (const DeviceSummary& device : summary.archives.front().devices) {
        const bool is_first = summary.verdict && summary.verdict->device == device.figures.device;
        if (details == Details::all ? !device.is_idle() || summary.archives.front().devices.size() == 1
                                    : is_first)
            devices.push_back(&device);
    }
    return devices;
}

std::string archive_text(const report::Summary& summary, const SummaryTextOptions& options,
                         const Extent& extent) {
    const report::ArchiveSummary& archive = summary.archives.front();
    const TextStyle& style = options.style;
    std::string text =
        origin_text(archive, style.width) + verdict_text(summary, style) + devices_text(summary, style);
    const auto devices = detailed_devices(summary, options.details);
    if (devices.size() < archive.devices.size() && options.details == Details::most_serious)
        text += "(--device N or --device all shows the details of others)\n";
    for (const DeviceSummary* device : devices) text += "\n" + device_text(*device, extent, style);
    if (archive.devices.empty()) text += "the snapshot is empty: it has no devices, events or segments\n";
    const bool follows_remarks = devices.size() == 1 && !devices.front()->remarks.empty();
    if (!follows_remarks && !archive.remarks.empty()) text += "\n";
    return text + remarks_text(archive.remarks, style.width);
}

// The extents to try, from the longest text to the shortest. A chart that the user asked for stays in all of
// them.
std::vector<Extent> extents_for(const SummaryTextOptions& options, std::size_t devices) {
    constexpr std::size_t k_fewest_rows = 5;
    constexpr std::size_t k_fewest_remarks = 2;
    Extent extent;
    const bool many = options.details == Details::all && devices >= k_many_devices;
    extent.chart_rows = static_cast<std::size_t>(options.chart_rows.value_or(many ? 1 : k_chart_rows));
    std::vector<Extent> extents{extent};
    const auto shorten = [&](auto Extent::*part, auto to) {
        extent.*part = to;
        extents.push_back(extent);
    };
    if (!options.chart_rows) shorten(&Extent::chart_rows, std::size_t{1});
    shorten(&Extent::oom_sites, false);
    shorten(&Extent::ooms, std::size_t{1});
    shorten(&Extent::rows, k_fewest_rows);
    shorten(&Extent::remarks, k_fewest_remarks);
    return extents;
}

}  // namespace

std::string summary_text(const report::Summary& summary, const SummaryTextOptions& options) {
    if (summary.several) return ranks_text(summary, options.style);
    if (summary.archives.empty()) return {};
    std::string text;
    for (const Extent& extent : extents_for(options, summary.archives.front().devices.size())) {
        text = archive_text(summary, options, extent);
        const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
        if (!options.most_lines || lines <= *options.most_lines) break;
    }
    return text;
}

}  // namespace snapq::render
