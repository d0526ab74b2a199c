// The beginning of a summary: the verdict, the table of devices, and advice.
#include <fmt/format.h>

#include <algorithm>
#include <span>

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
using report::Verdict;

// A line that begins with a coloured word, ends with a site, and is cut at the site.
std::string line_with_site(std::string_view word, std::string text, const std::optional<report::Key>& site,
                           Color color, const TextStyle& style) {
    const std::size_t used = display_width(word) + display_width(text);
    if (site && used < style.width) text += keep_key(site_words(*site), style.width - used);
    return fmt::format("{}{}\n", colored(word, color, style.color), text);
}

// "device 0"; of several archives "rank 3", or "rank 3, device 0" if that archive has more devices.
std::string place_words(const report::Summary& summary) {
    const Verdict& verdict = *summary.verdict;
    std::string device = device_label(verdict.device);
    if (!summary.several) return device;
    const std::string rank = printable(RankNames(summary).shown(verdict.archive, verdict.rank));
    const auto archive =
        std::ranges::find(summary.archives, verdict.archive, &report::ArchiveSummary::archive);
    const bool is_only = archive != summary.archives.end() && archive->devices.size() == 1;
    return is_only ? rank : fmt::format("{}, {}", rank, device);
}

std::string oom_headline(const Verdict& verdict, const std::string& place, const TextStyle& style) {
    std::string also;
    if (verdict.other_ooms > 0) also = fmt::format(" (and {})", counted(verdict.other_ooms, "other"));
    return line_with_site("OUT OF MEMORY",
                          fmt::format(" on {}{}: {} for ", place, also, size_words(verdict.oom->asked_bytes)),
                          verdict.site, Color::red, style);
}

std::string limit_headline(const Verdict& verdict, const std::string& place, const TextStyle& style) {
    const report::Check& check = *verdict.check;
    std::string text = fmt::format(" {} on {}: ", check.name, place);
    text += check.ok ? fmt::format("{} of {} ({})", format_size(*check.value), format_size(*check.limit),
                                   share_words(*check.value, *check.limit))
                     : fmt::format("{}, {} over {}", format_size(*check.value),
                                   format_size(saturating_subtract(*check.value, *check.limit)),
                                   format_size(*check.limit));
    const std::string_view word = check.ok ? "ok" : "FAIL";
    constexpr std::size_t k_least_site = 16;
    const bool has_room = word.size() + text.size() + k_least_site < style.width;
    std::optional<report::Key> site;
    if (check.name == "max-peak" && has_room) site = verdict.site;
    if (site) text += "; ";
    return line_with_site(word, text, site, Color::red, {style.width, style.color && !check.ok});
}

std::string peak_headline(const Verdict& verdict, const std::string& place, const TextStyle& style) {
    const report::DeviceFigures& figures = verdict.figures;
    std::string text = fmt::format("peak on {}: {}{}", place, figures.complete ? "" : "at least ",
                                   size_words(figures.peak_requested_bytes));
    if (figures.peak_event == -1) return text + ", before the first event\n";
    if (verdict.site) text += ", reached by ";
    return line_with_site("", text, verdict.site, Color::red, style);
}

std::string headline(const Verdict& verdict, const std::string& place, const TextStyle& style) {
    switch (verdict.kind) {
        case Verdict::Kind::out_of_memory: return oom_headline(verdict, place, style);
        case Verdict::Kind::limit: return limit_headline(verdict, place, style);
        case Verdict::Kind::peak: return peak_headline(verdict, place, style);
        case Verdict::Kind::state: break;
    }
    return fmt::format("{}: {} requested at the dump; no trace, so the peak is unknown\n", place,
                       size_words(verdict.figures.end_requested_bytes));
}

// The memory that the failed request, or the whole run, would have needed.
std::string needed_line(const Verdict& verdict, const TextStyle& style) {
    std::string text;
    if (verdict.kind != Verdict::Kind::out_of_memory) {
        if (!verdict.needed_bytes || verdict.kind == Verdict::Kind::state) return {};
        text = fmt::format("needed: {} reserved, plus what is outside PyTorch's allocator",
                           size_words(verdict.needed_bytes));
    } else if (verdict.needed_bytes == 0 || verdict.oom->had_usable_block()) {
        text = printable(fit_words(*verdict.oom));
    } else if (verdict.needed_bytes) {
        text = fmt::format("needed: {} more free on the device, or one usable block of {}",
                           size_words(verdict.needed_bytes), size_words(verdict.oom->asked_bytes));
    } else if (verdict.oom->asked_bytes) {
        text = fmt::format("needed: one usable block of {}", size_words(verdict.oom->asked_bytes));
    }
    return text.empty() ? text : keep_start(text, style.width) + "\n";
}

// Memory from before the recording is named without an operator, because it would be the operator of the
// free.
UntrustedText site_of_row(const report::LiveRow& row) {
    const bool is_older = row.older.count > 0 && row.older.count == row.count;
    if (!is_older || !row.file) return is_older ? row.label : site_words(row);
    return row.label.raw() + " (before recording)";
}

// "  67.5 %   768.00 MiB  tinylm/attention.py:38 forward"
std::string site_lines(const Verdict& verdict, const TextStyle& style) {
    constexpr std::size_t k_before = 2 + 7 + 2 + 11 + 2;
    std::string text;
    for (const report::LiveRow& site : verdict.sites) {
        text += fmt::format("  {:>7}  {:>11}  {}\n", share_words(site.bytes, verdict.whole_bytes),
                            format_size(site.bytes), keep_key(site_of_row(site), style.width - k_before));
    }
    return text;
}

std::string size_or_dash(report::MaybeInteger bytes) {
    return bytes ? format_size(*bytes) : "-";
}

std::vector<UntrustedText> device_cells(const DeviceSummary& device) {
    const report::DeviceFigures& figures = device.figures;
    const bool has_peak = figures.has_trace;
    return {device_label(figures.device),
            has_peak ? (figures.complete ? "" : "≥ ") + size_or_dash(figures.peak_requested_bytes) : "-",
            size_or_dash(has_peak ? figures.peak_reserved_bytes : figures.end_reserved_bytes),
            figures.oom_events ? format_count(*figures.oom_events) : "-",
            size_or_dash(figures.end_requested_bytes)};
}

// The largest site gets the width that the figures leave.
std::string table_of(std::span<const DeviceSummary* const> devices, const TextStyle& style) {
    if (devices.empty()) return {};
    std::vector<TableColumn> columns{{"device"},
                                     {"peak", Align::right},
                                     {"reserved", Align::right},
                                     {"OOM", Align::right},
                                     {"end", Align::right}};
    for (const DeviceSummary* device : devices) {
        const std::vector<UntrustedText> cells = device_cells(*device);
        for (std::size_t i = 0; i < cells.size(); ++i)
            columns[i].width = std::max({columns[i].width, columns[i].title.size(), display_width(cells[i])});
    }
    std::size_t used = 0;
    for (const TableColumn& column : columns) used += column.width + 2;
    columns.push_back({"largest site"});
    TextTable table(std::move(columns));
    for (const DeviceSummary* device : devices) {
        std::vector<UntrustedText> cells = device_cells(*device);
        const auto& sites = device->peak_sites;
        if (!sites.empty() && used < style.width)
            cells.emplace_back(keep_key(sites.front().label, style.width - used));
        table.add_row(cells);
    }
    std::string text;
    table.draw(text);
    return text;
}

// "devices 1, 2, 5 to 7"
std::string list_of(const std::vector<std::int64_t>& devices) {
    std::string text;
    for (std::size_t i = 0; i < devices.size();) {
        std::size_t last = i;
        while (last + 1 < devices.size() && devices[last + 1] == devices[last] + 1) ++last;
        if (!text.empty()) text += ", ";
        text += last > i + 1 ? fmt::format("{} to {}", devices[i], devices[last]) : device_name(devices[i]);
        i = last > i + 1 ? last + 1 : i + 1;
    }
    return text;
}

std::string idle_line(const report::ArchiveSummary& archive, const TextStyle& style) {
    std::vector<std::int64_t> idle;
    for (const DeviceSummary& device : archive.devices) {
        if (device.is_idle()) idle.push_back(device.figures.device);
    }
    if (idle.empty()) return {};
    if (idle.size() == 1) return device_label(idle.front()) + " holds nothing and did nothing\n";
    return wrap(fmt::format("devices {} hold nothing and did nothing", list_of(idle)), style.width, 2, 0) +
           "\n";
}

const report::LiveRow* row_of(const std::vector<report::LiveRow>& rows, const UntrustedText& key) {
    const auto found = std::ranges::find(rows, key, &report::LiveRow::key);
    return found == rows.end() ? nullptr : &*found;
}

// The site that exceeds the same site of the typical device (or rank) by most bytes.
std::string largest_difference(const report::UnevenLoad& uneven) {
    std::string words;
    std::int64_t most = 0;
    for (const report::LiveRow& row : uneven.sites) {
        const report::LiveRow* typical = row_of(uneven.typical_sites, row.key);
        const std::int64_t difference = row.bytes - (typical == nullptr ? 0 : typical->bytes);
        if (difference <= most) continue;
        most = difference;
        words = fmt::format(
            "most of it at {}: {}, there {}", printable(row.label), format_size(row.bytes),
            typical == nullptr ? "less than its three largest sites" : format_size(typical->bytes));
    }
    return words;
}

}  // namespace

std::string verdict_text(const report::Summary& summary, const TextStyle& style) {
    if (!summary.verdict) return {};
    return headline(*summary.verdict, place_words(summary), style) + needed_line(*summary.verdict, style) +
           site_lines(*summary.verdict, style);
}

std::string uneven_text(const report::Summary& summary, const TextStyle& style) {
    if (!summary.uneven) return {};
    const report::UnevenLoad& uneven = *summary.uneven;
    const std::string who =
        summary.several ? RankNames(summary).shown(uneven.archive, uneven.rank) : device_label(uneven.device);
    const char* typical = uneven.members == 2 ? "the other one" : "the median is";
    std::string text = fmt::format("uneven load: {} holds {} at its peak, {} {}", who,
                                   format_size(uneven.bytes), typical, format_size(uneven.median_bytes));
    if (uneven.same_sites()) {
        text += fmt::format("; {}", uneven.sites.size() == report::k_verdict_sites ? "the same three sites"
                                                                                   : "the same sites");
    } else if (const std::string difference = largest_difference(uneven); !difference.empty()) {
        text += "; " + difference;
    }
    return wrap(text, style.width, 2, 0) + "\n";
}

std::string pending_text(const DeviceSummary& device, std::size_t width) {
    if (!device.pending) return {};
    const report::PendingFrees& pending = *device.pending;
    std::string first;
    if (pending.first_event) {
        first = fmt::format(" (first freed at event {}", format_count(*pending.first_event));
        if (pending.freed_by) {
            first += " by " + printable(pending.freed_by->label);
        } else if (pending.allocated_by) {
            first += ", allocated by " + printable(pending.allocated_by->label);
        }
        first += ")";
    }
    return wrap(fmt::format("of these {} were freed already and wait for another stream{}",
                            format_size(pending.bytes), first),
                width, 2, 0) +
           "\n";
}

std::string devices_text(const report::Summary& summary, const TextStyle& style) {
    const report::ArchiveSummary& archive = summary.archives.front();
    if (archive.devices.size() < 2) return {};
    std::vector<const DeviceSummary*> active;
    for (const DeviceSummary& device : archive.devices) {
        if (!device.is_idle()) active.push_back(&device);
    }
    std::string text =
        "\n" + table_of(std::span(active).first(std::min(active.size(), k_most_device_rows)), style);
    if (active.size() > k_most_device_rows) {
        text += fmt::format(
            "and {} (--format json lists them)\n",
            counted(static_cast<std::int64_t>(active.size() - k_most_device_rows), "other device"));
    }
    return text + idle_line(archive, style) + uneven_text(summary, style);
}

std::string advice_text(const DeviceSummary& device, const TextStyle& style) {
    if (device.advice.empty()) return {};
    std::string text = "\nwhat could help\n";
    for (const UntrustedText& sentence : device.advice)
        text += "- " + wrap(printable(sentence), style.width, 2) + "\n";
    return text;
}

}  // namespace snapq::render
