#include "render/summary_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "render/reason_words.hpp"
#include "render/summary.hpp"
#include "render/terminal_text.hpp"
#include "render/text_table.hpp"
#include "support/numbers.hpp"
#include "support/sizes.hpp"

namespace snapq::render {
namespace {

constexpr std::size_t k_ranks_width = 80;

std::string labels_of(const report::ArchiveSummary& archive) {
    std::string text;
    for (const auto& [key, value] : archive.labels)
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", key, value);
    return text;
}

std::string signed_size(std::int64_t bytes) {
    return (bytes > 0 ? "+" : "") + format_size(bytes);
}

void add_row(TextTable& table, const report::ArchiveSummary& archive, bool is_outlier, bool with_labels) {
    using F = report::DeviceFigures;
    const auto figure = [&](report::MaybeInteger F::*member) {
        const report::MaybeInteger value = highest(archive, member);
        return value ? format_size(*value) : std::string("-");
    };
    const report::MaybeInteger ooms = highest(archive, &F::oom_events);
    std::vector<std::string> cells{archive.rank ? std::to_string(*archive.rank) : "-",
                                   keep_end(archive.archive, 24),
                                   figure(&F::peak_requested_bytes) + (is_outlier ? " !" : "  "),
                                   figure(&F::peak_reserved_bytes),
                                   ooms ? format_count(*ooms) : "-",
                                   figure(&F::end_requested_bytes)};
    if (with_labels) cells.push_back(labels_of(archive));
    table.add_row(std::move(cells));
}

bool is_outlier(const report::Summary& summary, const std::string& archive) {
    return std::ranges::any_of(summary.outliers,
                               [&](const auto& outlier) { return outlier.archive == archive; });
}

std::string table_text(const report::Summary& summary) {
    const bool with_labels =
        std::ranges::any_of(summary.archives, [](const auto& archive) { return !archive.labels.empty(); });
    std::vector<TableColumn> columns{{"rank", Align::right},   {"archive"},
                                     {"peak  ", Align::right}, {"reserved", Align::right},
                                     {"OOM", Align::right},    {"end", Align::right}};
    if (with_labels) columns.push_back({"labels"});
    TextTable table(std::move(columns));
    for (const report::ArchiveSummary& archive : summary.archives) {
        add_row(table, archive, is_outlier(summary, archive.archive), with_labels);
    }
    if (summary.totals) {
        table.add_rule();
        table.add_row({"", "TOTAL", format_size(summary.totals->peak_requested.sum) + "  ",
                       format_size(summary.totals->peak_reserved.sum),
                       format_count(summary.totals->oom_events),
                       format_size(summary.totals->end_requested.sum)});
    }
    std::string text;
    table.draw(text);
    return text;
}

std::string outlier_text(const report::Outlier& outlier) {
    std::string text = fmt::format("\n{} stands out: peak {}, {} against the median\n",
                                   rank_name(outlier.archive, outlier.rank), format_size(outlier.value),
                                   signed_size(saturating_subtract(outlier.value, outlier.spread.median)));
    if (outlier.sites.empty()) return text + "  the same sites hold the same bytes\n";
    constexpr std::size_t k_room = 36;
    TextTable table({{"site"}, {"difference", Align::right}, {"why"}});
    for (const report::OutlierSite& site : outlier.sites) {
        table.add_row({keep_end(site.key.label, k_room),
                       signed_size(saturating_subtract(site.bytes, site.typical_bytes)), reason_words(site)});
    }
    table.draw(text);
    return text;
}

}  // namespace

report::MaybeInteger highest(const report::ArchiveSummary& archive,
                             report::MaybeInteger report::DeviceFigures::*figure) {
    report::MaybeInteger most;
    for (const report::DeviceSummary& device : archive.devices) {
        if (report::counts_in_archive(archive, device)) most = std::max(most, device.figures.*figure);
    }
    return most;
}

std::string rank_name(const std::string& archive, report::MaybeInteger rank) {
    return rank ? fmt::format("rank {}", *rank) : keep_end(archive, k_ranks_width / 2);
}

std::string spread_words(const report::Spread& spread) {
    return fmt::format("peak: median {}, from {} to {}, spread (MAD) {}", format_size(spread.median),
                       format_size(spread.least), format_size(spread.most), format_size(spread.mad));
}

std::string reason_words(const report::OutlierSite& site) {
    return reason_words({site.typical_bytes, site.typical_count}, {site.bytes, site.count});
}

std::string ranks_text(const report::Summary& summary, const TextStyle& style) {
    std::string text = verdict_text(summary, style);
    if (!text.empty()) text += "\n";
    text += table_text(summary);
    if (summary.totals && summary.totals->peak_requested.archives > 0) {
        text += "\n" + spread_words(summary.totals->peak_requested) + "\n";
    }
    text += uneven_text(summary, style);
    for (const report::Outlier& outlier : summary.outliers) text += outlier_text(outlier);
    if (!summary.broken.empty()) text += "\nnot usable:\n";
    for (const report::BrokenArchive& broken : summary.broken) text += "  " + printable(broken.error) + "\n";
    return text;
}

}  // namespace snapq::render
