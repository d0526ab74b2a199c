#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "render/escape.hpp"
#include "render/summary.hpp"
#include "render/summary_parts.hpp"
#include "render/terminal_text.hpp"
#include "render/text_table.hpp"
#include "support/numbers.hpp"

namespace snapq::render {
namespace {

// Rows of the table; the other archives are only counted.
constexpr std::size_t k_most_rank_rows = 12;
// Lines of all outliers together, and the sites of each.
constexpr std::size_t k_outlier_site_lines = 8;

UntrustedText labels_of(const report::ArchiveSummary& archive) {
    std::string text;
    for (const auto& [key, value] : archive.labels)
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", key.raw(), value.raw());
    return text;
}

std::string signed_size(std::int64_t bytes) {
    return (bytes > 0 ? "+" : "") + format_size(bytes);
}

void add_row(TextTable& table, const report::ArchiveSummary& archive, const UntrustedText& name,
             bool is_outlier, bool with_labels) {
    using F = report::DeviceFigures;
    const auto figure = [&](report::MaybeInteger F::*member) {
        const report::MaybeInteger value = highest(archive, member);
        return value ? format_size(*value) : std::string("-");
    };
    const report::MaybeInteger ooms = highest(archive, &F::oom_events);
    std::vector<UntrustedText> cells{archive.rank ? std::to_string(*archive.rank) : "-",
                                     keep_end(name, 24),
                                     figure(&F::peak_requested_bytes) + (is_outlier ? " !" : "  "),
                                     figure(&F::peak_reserved_bytes),
                                     ooms ? format_count(*ooms) : "-",
                                     figure(&F::end_requested_bytes)};
    if (with_labels) cells.push_back(labels_of(archive));
    table.add_row(cells);
}

std::string table_text(const report::Summary& summary, const RankNames& names) {
    const bool with_labels =
        std::ranges::any_of(summary.archives, [](const auto& archive) { return !archive.labels.empty(); });
    std::vector<TableColumn> columns{{"rank", Align::right},   {"archive"},
                                     {"peak  ", Align::right}, {"reserved", Align::right},
                                     {"OOM", Align::right},    {"end", Align::right}};
    if (with_labels) columns.push_back({"labels"});
    TextTable table(std::move(columns));
    std::set<UntrustedText> outliers;
    for (const report::Outlier& outlier : summary.outliers) outliers.insert(outlier.archive);
    const std::vector<std::size_t> shown = report::most_important_archives(summary, k_most_rank_rows);
    for (const std::size_t i : shown) {
        const report::ArchiveSummary& archive = summary.archives[i];
        add_row(table, archive, names.of(archive.archive), outliers.contains(archive.archive), with_labels);
    }
    if (shown.size() < summary.archives.size())
        table.add_row({"", fmt::format("[{}]", counted(static_cast<std::int64_t>(summary.archives.size() -
                                                                                 shown.size()),
                                                       "other"))});
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

std::string outlier_text(const report::Summary& summary, const report::Outlier& outlier, std::size_t sites,
                         const RankNames& names, std::size_t width) {
    const std::string group = outlier.group ? printable(group_name(summary, outlier.group)) : std::string();
    std::string text = fmt::format("{} stands out: peak {}, {} against the median{}\n",
                                   names.shown(outlier.archive, outlier.rank), format_size(outlier.value),
                                   signed_size(saturating_subtract(outlier.value, outlier.spread.median)),
                                   group.empty() ? "" : " of " + group);
    if (outlier.sites.empty()) return text + "  the same sites hold the same bytes\n";
    for (std::size_t i = 0; i < std::min(outlier.sites.size(), sites); ++i) {
        const report::OutlierSite& site = outlier.sites[i];
        const std::string why = fmt::format("  {}", reason_words(site));
        constexpr std::size_t k_before = 2 + 12 + 2;
        text +=
            fmt::format("  {:>12}  {}{}\n", signed_size(saturating_subtract(site.bytes, site.typical_bytes)),
                        keep_key(site.key.label, width - k_before - std::min(why.size(), width / 2)), why);
    }
    return text;
}

std::string outliers_text(const report::Summary& summary, const RankNames& names, std::size_t width) {
    std::vector<const report::Outlier*> explained;
    for (const report::Outlier& outlier : summary.outliers) {
        if (outlier.is_explained) explained.push_back(&outlier);
    }
    if (explained.empty()) return {};
    const std::size_t sites = std::max<std::size_t>(k_outlier_site_lines / explained.size(), 1);
    std::string text = "\n";
    for (const report::Outlier* outlier : explained)
        text += outlier_text(summary, *outlier, sites, names, width);
    const std::size_t others = summary.outliers.size() - explained.size();
    if (others > 0)
        text += fmt::format("and {} (--format json lists them)\n",
                            counted(static_cast<std::int64_t>(others), "other outlier"));
    return text;
}

// The memory of all ranks together, by key.
std::string rows_text(const report::Summary& summary, const RankNames& names, std::size_t width) {
    if (summary.rows.empty()) return {};
    constexpr std::size_t k_numbers = 2 + 11 + 2 + 11 + 2 + 10;
    const std::size_t room = width - k_numbers;
    TextTable table({{keep_start(rows_title(summary, " of all ranks"), room)},
                     {"bytes", Align::right},
                     {"most", Align::right},
                     {"on"}});
    for (const report::RankRow& row : summary.rows) {
        table.add_row({keep_key(row.label, room), format_size(row.bytes), format_size(row.most_bytes),
                       keep_end(names.shown(row.most_archive, row.most_rank), 10)});
    }
    std::string text = "\n";
    table.draw(text);
    return text;
}

std::string without_moment_text(const report::Summary& summary, std::size_t width) {
    if (summary.without_moment.empty()) return {};
    return wrap(fmt::format("{} without the moment {}: only their figures are shown",
                            counted(static_cast<std::int64_t>(summary.without_moment.size()), "archive"),
                            printable(summary.at)),
                width, 2, 0) +
           "\n";
}

}  // namespace

std::string rank_name(const UntrustedText& archive, report::MaybeInteger rank) {
    constexpr std::size_t k_longest = 40;
    return rank ? fmt::format("rank {}", *rank) : keep_end(archive, k_longest);
}

RankNames::RankNames(const report::Summary& summary) {
    std::vector<UntrustedText> paths;
    for (const report::ArchiveSummary& archive : summary.archives) paths.push_back(archive.archive);
    std::vector<UntrustedText> names = shortest_names(paths);
    for (std::size_t i = 0; i < paths.size(); ++i) m_names.emplace(std::move(paths[i]), std::move(names[i]));
    std::set<std::int64_t> ranks;
    for (const report::ArchiveSummary& archive : summary.archives)
        m_are_ranks_distinct = m_are_ranks_distinct && archive.rank && ranks.insert(*archive.rank).second;
}

const UntrustedText& RankNames::of(const UntrustedText& archive) const {
    const auto found = m_names.find(archive);
    return found == m_names.end() ? archive : found->second;
}

std::string RankNames::shown(const UntrustedText& archive, report::MaybeInteger rank) const {
    return rank_name(of(archive), m_are_ranks_distinct ? rank : std::nullopt);
}

std::string spread_words(const report::Spread& spread) {
    return fmt::format("peak: median {}, from {} to {}, spread (MAD) {}", format_size(spread.median),
                       format_size(spread.minimum), format_size(spread.maximum), format_size(spread.mad));
}

UntrustedText group_name(const report::Summary& summary, const std::optional<UntrustedText>& value) {
    return value ? fmt::format("{}={}", summary.group_by, value->raw())
                 : fmt::format("without {}", summary.group_by);
}

std::string rows_title(const report::Summary& summary, std::string_view of_ranks) {
    const bool is_word = summary.at == "peak" || summary.at == "start" || summary.at == "end";
    return fmt::format("live at {}{}{}, by {}", is_word ? "the " : "", printable(summary.at), of_ranks,
                       summary.by);
}

std::string reason_words(const report::OutlierSite& site) {
    return reason_words({site.typical_bytes, site.typical_count}, {site.bytes, site.count});
}

std::string ranks_text(const report::Summary& summary, const TextStyle& style) {
    const RankNames names(summary);
    std::string text = verdict_text(summary, style);
    if (!text.empty()) text += "\n";
    text += table_text(summary, names);
    if (summary.totals && summary.totals->peak_requested.archives > 0) {
        text += "\n" + spread_words(summary.totals->peak_requested) + "\n";
    }
    text += uneven_text(summary, style);
    text += groups_text(summary, names, style.width);
    text += without_moment_text(summary, style.width);
    text += outliers_text(summary, names, style.width);
    text +=
        summary.across ? across_text(summary, names, style.width) : rows_text(summary, names, style.width);
    if (!summary.broken.empty()) text += "\nnot usable:\n";
    for (const report::BrokenArchive& broken : summary.broken) text += "  " + printable(broken.error) + "\n";
    return text;
}

namespace {

constexpr std::size_t k_size_width = 2 + 10;
constexpr std::size_t k_on_width = 10;
// The columns of minimum, median, maximum, and the archive of the maximum.
constexpr std::size_t k_number_columns = 3 * k_size_width + 2 + k_on_width;
// Narrower tables have no MAD column, so that there is room for names.
constexpr std::size_t k_least_width_for_mad = 100;
// Rows of the table of groups; the other groups are only counted.
constexpr std::size_t k_most_groups = 32;

std::string shown_rank(const RankNames& names, const report::NamedArchive& archive) {
    return archive.archive.empty() ? "-" : keep_end(names.shown(archive.archive, archive.rank), k_on_width);
}

// The columns of both tables: a name, the spread of bytes, and where the maximum is.
class SpreadTable {
public:
    // `others`: further columns of numbers on the right. `others_width`: the width that they take.
    SpreadTable(std::string_view title, std::size_t width, std::vector<TableColumn> others = {},
                std::size_t others_width = 0)
        : m_has_mad(width >= k_least_width_for_mad),
          m_room(width - k_number_columns - 2 - (m_has_mad ? k_size_width : 0) - others_width),
          m_table(columns(title, std::move(others))) {}

    [[nodiscard]] std::size_t room() const { return m_room; }
    void add(const UntrustedText& name, const report::Spread& bytes, bool is_marked, std::string on,
             const std::vector<std::string>& others = {}) {
        std::vector<UntrustedText> cells{name, format_size(bytes.minimum), format_size(bytes.median),
                                         format_size(bytes.maximum) + (is_marked ? " !" : "  "),
                                         std::move(on)};
        if (m_has_mad) cells.emplace_back(format_size(bytes.mad));
        for (const std::string& other : others) cells.emplace_back(other);
        m_table.add_row(cells);
    }
    void draw(std::string& text) const { m_table.draw(text); }

private:
    [[nodiscard]] std::vector<TableColumn> columns(std::string_view title,
                                                   std::vector<TableColumn> others) const {
        std::vector<TableColumn> all{{keep_start(title, m_room)},
                                     {"min", Align::right},
                                     {"median", Align::right},
                                     {"max  ", Align::right},
                                     {"on"}};
        if (m_has_mad) all.push_back({"MAD", Align::right});
        std::ranges::move(others, std::back_inserter(all));
        return all;
    }

    bool m_has_mad;
    std::size_t m_room;
    TextTable m_table;
};

}  // namespace

std::string across_text(const report::Summary& summary, const RankNames& names, std::size_t width) {
    if (!summary.across || summary.across->empty()) return {};
    SpreadTable table(rows_title(summary, ""), width);
    bool has_marks = false;
    bool is_exact = true;
    for (const report::AcrossRow& row : *summary.across) {
        table.add(keep_key(row.label, table.room()), row.bytes, !row.explains.empty(),
                  shown_rank(names, row.most));
        has_marks = has_marks || !row.explains.empty();
        is_exact = is_exact && row.is_exact;
    }
    std::string text = "\n";
    table.draw(text);
    if (has_marks) text += "!  explains a rank that stands out\n";
    if (!is_exact) text += "medians are rounded: the ranks hold very many different sizes\n";
    return text;
}

std::string groups_text(const report::Summary& summary, const RankNames& names, std::size_t width) {
    if (summary.groups.empty()) return {};
    constexpr std::size_t k_counts = (2 + 5) + (2 + 3) + (2 + 3);
    SpreadTable table(summary.group_by, width,
                      {{"ranks", Align::right}, {"out", Align::right}, {"OOM", Align::right}}, k_counts);
    for (std::size_t i = 0; i < std::min(summary.groups.size(), k_most_groups); ++i) {
        const report::RankGroup& group = summary.groups[i];
        table.add(keep_end(group.value.value_or("[none]"), table.room()), group.peak_requested,
                  group.outliers > 0, shown_rank(names, group.most),
                  {format_count(group.peak_requested.archives), format_count(group.outliers),
                   format_count(group.oom_events)});
    }
    std::string text = "\n";
    table.draw(text);
    if (summary.groups.size() > k_most_groups) {
        const auto others = static_cast<std::int64_t>(summary.groups.size() - k_most_groups);
        text += fmt::format("and {} (--format json lists them)\n", counted(others, "other group"));
    }
    return text;
}

}  // namespace snapq::render
