#include <fmt/format.h>

#include <algorithm>

#include "render/call_tree.hpp"
#include "render/checks.hpp"
#include "render/escape.hpp"
#include "render/summary.hpp"
#include "render/summary_parts.hpp"
#include "render/terminal_text.hpp"
#include "support/devices.hpp"
#include "support/numbers.hpp"

namespace snapq::render {
namespace {

constexpr std::string_view k_cut = "\n\n*Cut here: the whole summary would be too long for a comment.*\n";

std::string cell(AnyText text, std::size_t width = k_comment_name_width) {
    return escape_markdown(keep_end(text, width));
}

std::string headline(const report::Summary& summary) {
    const auto failed =
        std::ranges::count_if(summary.checks, [](const report::Check& check) { return !check.ok; });
    if (summary.checks.empty()) return {};
    if (failed == 0)
        return fmt::format("**Memory: all {} passed.**\n\n",
                           counted(static_cast<std::int64_t>(summary.checks.size()), "check"));
    return fmt::format("**Memory: {} of {} FAILED.**\n\n", failed,
                       counted(static_cast<std::int64_t>(summary.checks.size()), "check"));
}

// "<br>1.54 GiB of it allocated before the recording". Empty for a row without a line, whose label says it
// already.
std::string older_note(const report::LiveRow& row) {
    if (row.older.count == 0 || !row.file) return {};
    if (row.older.count == row.count) return "<br>allocated before the recording";
    return fmt::format("<br>{} of it allocated before the recording", format_size(row.older.bytes));
}

std::string rows_table(const report::DeviceSummary& device, std::size_t begin, std::size_t end) {
    std::string text = fmt::format("| Live at {}, by {} | Bytes | Share | Count |\n|---|---:|---:|---:|\n",
                                   cell(moment_words(device)), device.by);
    for (std::size_t i = begin; i < end; ++i) {
        const report::LiveRow& row = device.top[i];
        text +=
            fmt::format("| {}{} | {} | {} | {} |\n", cell(row.label), older_note(row), format_size(row.bytes),
                        share_words(row.bytes, device.live_bytes), format_count(row.count));
    }
    return text;
}

std::string first_rows(const report::DeviceSummary& device, std::size_t shown) {
    std::string text = rows_table(device, 0, shown);
    report::LiveRow others = device.others.value_or(report::LiveRow{});
    std::int64_t keys = device.other_keys;
    for (std::size_t i = shown; i < device.top.size(); ++i, ++keys) {
        others.bytes = saturating_add(others.bytes, device.top[i].bytes);
        others.count = saturating_add(others.count, device.top[i].count);
    }
    if (keys > 0) {
        text += fmt::format("| *{}* | {} | {} | {} |\n", counted(keys, "other"), format_size(others.bytes),
                            share_words(others.bytes, device.live_bytes), format_count(others.count));
    }
    return text + fmt::format("| **TOTAL** | **{}** | | {} |\n", format_size(device.live_bytes),
                              format_count(device.live_count));
}

std::string peak_words(const report::DeviceSummary& device) {
    const report::DeviceFigures& figures = device.figures;
    if (!figures.has_trace) {
        return fmt::format("**{}: {} requested at the dump**, {} reserved; no trace, so the peak is unknown.",
                           device_title(figures.device), size_words(figures.end_requested_bytes),
                           size_words(figures.end_reserved_bytes));
    }
    std::string text = fmt::format("**{}: peak {}** requested", device_title(figures.device),
                                   size_words(figures.peak_requested_bytes));
    if (figures.peak_reserved_bytes)
        text += fmt::format(", {} reserved at most", size_words(figures.peak_reserved_bytes));
    if (device.peak_site) {
        text +=
            fmt::format(", reached by {} at {}", cell(site_words(*device.peak_site)), when_words(figures));
    }
    if (const auto growth = figures.growth_bytes()) {
        text += fmt::format("; growth in the trace {}{}", *growth > 0 ? "+" : "", format_size(*growth));
    }
    return text + (figures.complete ? "." : ". The trace is incomplete: the peak is a lower bound.");
}

std::string oom_words(const report::OomReport& oom) {
    std::string text =
        fmt::format("**Out of memory** at event {}: {} requested by {}", format_count(oom.event),
                    size_words(oom.asked_bytes), cell(site_words(oom.site)));
    if (oom.device_free_bytes)
        text += fmt::format(", {} free on the device", size_words(oom.device_free_bytes));
    text += fmt::format("; {} requested of {} reserved.", size_words(oom.requested_bytes),
                        size_words(oom.reserved_bytes));
    text += fmt::format(" Verdict: {}.", cell(fit_words(oom), k_comment_bytes));
    if (const UntrustedText unusable = unusable_words(oom); !unusable.empty())
        text += fmt::format(" Not usable: {}.", cell(unusable, k_comment_bytes));
    if (oom.attempts > 1) text += fmt::format(" Retried {}.", counted(oom.attempts - 1, "time"));
    return text + "\n\n";
}

std::string remarks_list(const std::vector<UntrustedText>& remarks) {
    std::string text;
    for (const UntrustedText& remark : remarks) text += fmt::format("- {}\n", cell(remark, k_comment_bytes));
    return text;
}

std::string reserved_words(const report::DeviceSummary& device) {
    if (const std::string words = unprepared_parts_words(device); !words.empty()) return "- " + words + "\n";
    if (!device.fragmentation || !device.fragmentation->reserved_bytes) return {};
    const report::Fragmentation& split = *device.fragmentation;
    return fmt::format("- {} reserved at {}{}: {} requested, {} rounding, {} cached, {} stranded\n",
                       size_words(split.reserved_bytes), cell(moment_words(device)),
                       split.estimated ? " (estimated)" : "", size_words(split.requested_bytes),
                       size_words(split.rounding_bytes), size_words(split.cached_bytes),
                       size_words(split.stranded_bytes));
}

std::string categories_item(const report::DeviceSummary& device) {
    const UntrustedText words = category_words(device);
    return words.empty() ? "" : fmt::format("- categories: {}\n", cell(words, k_comment_bytes));
}

std::string device_markdown(const report::DeviceSummary& device) {
    const std::size_t shown = std::min(device.top.size(), k_comment_rows);
    std::string text = peak_words(device) + "\n\n";
    for (const report::OomReport& oom : device.ooms) text += oom_words(oom);
    text += device.tree ? tree_markdown(device) : first_rows(device, shown) + "\n";
    if (device.top.size() > shown) {
        text += markdown_details(counted(static_cast<std::int64_t>(device.top.size() - shown), "more row"),
                                 rows_table(device, shown, device.top.size()));
    }
    return text + markdown_details("Worth knowing", reserved_words(device) + categories_item(device) +
                                                        remarks_list(device.remarks));
}

std::string across_table(const report::Summary& summary) {
    if (!summary.across) return {};
    std::string text = fmt::format("| {} | Min | Median | Max | On | MAD |\n|---|---:|---:|---:|---|---:|\n",
                                   cell(rows_title(summary, "")));
    const std::size_t shown = std::min(summary.across->size(), k_comment_rows);
    for (std::size_t i = 0; i < shown; ++i) {
        const report::AcrossRow& row = (*summary.across)[i];
        text += fmt::format("| {} | {} | {} | {}{} | {} | {} |\n", cell(row.label),
                            format_size(row.bytes.minimum), format_size(row.bytes.median),
                            format_size(row.bytes.maximum), row.explains.empty() ? "" : " **!**",
                            cell(rank_name(row.most.archive, row.most.rank)), format_size(row.bytes.mad));
    }
    return text + "\n";
}

std::string groups_table(const report::Summary& summary) {
    if (summary.groups.empty()) return {};
    std::string text = fmt::format(
        "| {} | Ranks | Min | Median | Max | On | MAD | Outliers | OOM |\n"
        "|---|---:|---:|---:|---:|---|---:|---:|---:|\n",
        cell(summary.group_by));
    const std::size_t shown = std::min(summary.groups.size(), k_comment_rows);
    for (std::size_t i = 0; i < shown; ++i) {
        const report::RankGroup& group = summary.groups[i];
        const report::Spread& peak = group.peak_requested;
        text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
                            cell(group_name(summary, group.value)), peak.archives, format_size(peak.minimum),
                            format_size(peak.median), format_size(peak.maximum),
                            cell(rank_name(group.most.archive, group.most.rank)), format_size(peak.mad),
                            group.outliers, group.oom_events);
    }
    if (shown < summary.groups.size()) {
        text += fmt::format("\nAnd {}.\n",
                            counted(static_cast<std::int64_t>(summary.groups.size() - shown), "other group"));
    }
    return text + "\n";
}

std::string ranks_markdown(const report::Summary& summary) {
    using F = report::DeviceFigures;
    std::string text;
    if (summary.totals)
        text += fmt::format("{} archives; {}.\n\n", summary.archives.size(),
                            spread_words(summary.totals->peak_requested));
    const std::string head =
        "| Rank | Archive | Peak | Reserved | OOM | End |\n|---:|---|---:|---:|---:|---:|\n";
    const auto row = [](const report::ArchiveSummary& archive) {
        return fmt::format("| {} | {} | {} | {} | {} | {} |\n",
                           archive.rank ? std::to_string(*archive.rank) : "", cell(archive.archive),
                           size_words(highest(archive, &F::peak_requested_bytes)),
                           size_words(highest(archive, &F::peak_reserved_bytes)),
                           highest(archive, &F::oom_events).value_or(0),
                           size_words(highest(archive, &F::end_requested_bytes)));
    };
    const std::size_t shown = std::min(summary.archives.size(), k_comment_rows);
    text += head;
    std::string rest;
    for (std::size_t i = 0; i < summary.archives.size(); ++i)
        (i < shown ? text : rest) += row(summary.archives[i]);
    text += "\n";
    std::int64_t unexplained = 0;
    for (const report::Outlier& outlier : summary.outliers) {
        if (!outlier.is_explained) {
            ++unexplained;
            continue;
        }
        text += fmt::format("**{} stands out: peak {}.**", cell(rank_name(outlier.archive, outlier.rank)),
                            format_size(outlier.value));
        for (const report::OutlierSite& site : outlier.sites) {
            text += fmt::format(" {}: {} ({} against {}).", cell(site.key.label), reason_words(site),
                                format_size(site.bytes), format_size(site.typical_bytes));
        }
        text += "\n\n";
    }
    if (unexplained > 0) text += fmt::format("And {}.\n\n", counted(unexplained, "other outlier"));
    text += across_table(summary) + groups_table(summary);
    for (const report::BrokenArchive& broken : summary.broken)
        text += fmt::format("- not usable: {}\n", cell(broken.error, k_comment_bytes));
    if (!rest.empty()) text += markdown_details("All other archives", head + rest);
    return text;
}

// Cuts the text at the end of a line, so that every table row and every tag is complete.
std::string cut_to_comment(std::string text) {
    if (text.size() <= k_comment_bytes) return text;
    const std::size_t room = k_comment_bytes - k_cut.size() - std::string_view("\n</details>").size();
    text.resize(text.rfind('\n', room) + 1);
    const std::size_t opened = text.rfind("<details>");
    const bool is_open = opened != std::string::npos && text.find("</details>", opened) == std::string::npos;
    return text + (is_open ? "\n</details>" : "") + std::string(k_cut);
}

}  // namespace

std::string summary_markdown(const report::Summary& summary) {
    std::string text = headline(summary);
    if (summary.several) {
        text += ranks_markdown(summary);
    } else if (!summary.archives.empty()) {
        for (const report::DeviceSummary& device : summary.archives.front().devices)
            text += device_markdown(device);
    }
    if (!summary.checks.empty()) text += checks_markdown(summary.checks);
    return cut_to_comment(std::move(text));
}

}  // namespace snapq::render
