#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "render/escape.hpp"
#include "render/summary_parts.hpp"
#include "render/terminal_text.hpp"
#include "render/text_table.hpp"
#include "support/sizes.hpp"

namespace snapq::render {
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
        std::vector<UntrustedText> cells{name, format_size(bytes.least), format_size(bytes.median),
                                         format_size(bytes.most) + (is_marked ? " !" : "  "), std::move(on)};
        if (m_has_mad) cells.emplace_back(format_size(bytes.mad));
        for (const std::string& other : others) cells.emplace_back(other);
        m_table.add_row(std::move(cells));
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
