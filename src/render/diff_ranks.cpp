#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "json/writer.hpp"
#include "render/checks.hpp"
#include "render/diff.hpp"
#include "render/diff_rows.hpp"
#include "render/escape.hpp"
#include "render/terminal_text.hpp"
#include "render/text_table.hpp"
#include "support/devices.hpp"
#include "support/numbers.hpp"

namespace snapq::render {
namespace {

using report::RankChange;
using report::RankDiff;
using report::RanksDiff;
using report::RankWithoutPartner;

// More ranks than these are not listed one by one.
constexpr std::size_t k_most_ranks = 32;

struct RankLine {
    std::size_t rank = 0;  // index
    const RankChange::Device* device = nullptr;
};

struct RankLines {
    std::vector<RankLine> shown;  // those that changed most, in the order of the ranks
    std::size_t others = 0;
};

RankLines rank_lines(const RanksDiff& diff) {
    std::vector<RankLine> lines;
    for (std::size_t i = 0; i < diff.ranks.size(); ++i) {
        for (const RankChange::Device& device : diff.ranks[i].devices) lines.push_back({i, &device});
    }
    std::ranges::stable_sort(lines, std::greater{},
                             [](const RankLine& line) { return line.device->distance(); });
    const std::size_t shown = std::min(lines.size(), k_most_ranks);
    const std::size_t others = lines.size() - shown;
    lines.resize(shown);
    std::ranges::stable_sort(lines, {}, &RankLine::rank);
    return {std::move(lines), others};
}

UntrustedText name_of_rank(report::MaybeInteger rank, const UntrustedText& archive) {
    return rank ? UntrustedText(fmt::format("rank {}", *rank)) : archive;
}

UntrustedText names_of(const std::vector<RankWithoutPartner>& ranks) {
    constexpr std::size_t k_named = 10;
    std::string text;
    for (const RankWithoutPartner& rank : std::span(ranks).first(std::min(ranks.size(), k_named))) {
        text += (text.empty() ? "" : ", ") + name_of_rank(rank.rank, rank.archive).raw();
    }
    if (ranks.size() > k_named) text += fmt::format(" and {} more", ranks.size() - k_named);
    return text;
}

// One sentence for each reason why something was not compared.
std::vector<UntrustedText> gaps_of(const RanksDiff& diff) {
    std::vector<UntrustedText> gaps;
    if (!diff.only_base.empty()) gaps.emplace_back("only in BASE: " + names_of(diff.only_base).raw());
    if (!diff.only_new.empty()) gaps.emplace_back("only in NEW: " + names_of(diff.only_new).raw());
    for (const UntrustedText& error : diff.broken) gaps.emplace_back("not compared: " + error.raw());
    return gaps;
}

UntrustedText title_of_ranks(const RanksDiff& diff) {
    return fmt::format("{} → {}: {} rank{} compared", diff.base.raw(), diff.newer.raw(), diff.ranks.size(),
                       diff.ranks.size() == 1 ? "" : "s");
}

std::vector<UntrustedText> cells_of(const RanksDiff& diff, const RankLine& line) {
    const RankChange& rank = diff.ranks[line.rank];
    const report::DiffFigure& bytes = line.device->bytes;
    return {name_of_rank(rank.rank, rank.archive),
            device_name(line.device->device),
            size_text(bytes.base),
            size_text(bytes.newer),
            delta_text(bytes.delta()),
            growth_text(bytes)};
}

void write_without_partner(json::JsonWriter& to, std::string_view key,
                           const std::vector<RankWithoutPartner>& ranks) {
    to.key(key).begin_array();
    for (const RankWithoutPartner& rank : ranks) {
        to.begin_object();
        write_optional(to, "rank", rank.rank);
        to.key("archive").value(rank.archive).end_object();
    }
    to.end_array();
}

}  // namespace

std::string ranks_diff_text(const RanksDiff& diff, const DiffStyle& style) {
    std::string text = printable(title_of_ranks(diff)) + "\n\n";
    TextTable table({{"rank"},
                     {"device", Align::right},
                     {"base", Align::right},
                     {"new", Align::right},
                     {"delta", Align::right},
                     {"", Align::right}});
    const RankLines lines = rank_lines(diff);
    for (const RankLine& line : lines.shown) table.add_row(cells_of(diff, line));
    table.draw(text);
    if (lines.others > 0) text += fmt::format("[{} others, which changed less]\n", lines.others);
    for (const UntrustedText& gap : gaps_of(diff)) text += wrap(printable(gap), 80, 2, 0) + "\n";
    if (const auto& most = diff.most_changed) {
        text += fmt::format("\n{} changed most:\n", printable(name_of_rank(most->rank, most->report.newer)));
        text += diff_text(most->report, style);
    }
    return text;
}

std::string ranks_diff_markdown(const RanksDiff& diff, const DiffStyle& style) {
    std::string text = fmt::format("### {}snapq diff: {}\n\n",
                                   diff.checks.empty()           ? ""
                                   : report::all_ok(diff.checks) ? "✅ "
                                                                 : "❌ ",
                                   escape_markdown(keep_start(title_of_ranks(diff), 200)));
    std::vector<report::Check> failed;
    for (const report::Check& check : diff.checks) {
        if (!check.ok && failed.size() < k_most_ranks) failed.push_back(check);
    }
    if (!failed.empty()) text += checks_markdown(failed) + "\n";
    text += "| Rank | Device | Base | New | Delta | |\n|---|---:|---:|---:|---:|---:|\n";
    const RankLines lines = rank_lines(diff);
    for (const RankLine& line : lines.shown) {
        for (const UntrustedText& cell : cells_of(diff, line))
            text += fmt::format("| {} ", escape_markdown(keep_end(cell, k_comment_name_width)));
        text += "|\n";
    }
    if (lines.others > 0) text += fmt::format("| {} others, which changed less | | | | | |\n", lines.others);
    text += "\n";
    for (const UntrustedText& gap : gaps_of(diff))
        text += "- " + escape_markdown(keep_start(gap, 1000)) + "\n";
    if (!diff.most_changed) return text;
    const std::string details = diff_markdown(diff.most_changed->report, style);
    if (text.size() + details.size() <= k_comment_bytes) text += "\n" + details;
    return text;
}

JsonAroundRanks json_around_ranks(const RanksDiff& diff) {
    std::string text;
    json::JsonWriter to(text);
    to.begin_object().key("format_version").value(std::int64_t{1});
    to.key("base").value(diff.base).key("new").value(diff.newer);
    to.key("ranks").begin_array();
    const std::size_t end_of_before = text.size();
    to.end_array();
    write_without_partner(to, "only_base", diff.only_base);
    write_without_partner(to, "only_new", diff.only_new);
    write_texts(to, "broken", diff.broken);
    to.key("checks");
    write_checks(to, diff.checks, CheckSubjects::as_key);
    to.end_object();
    text += '\n';
    return {text.substr(0, end_of_before), text.substr(end_of_before)};
}

std::string rank_diff_json(const RankDiff& rank, const DiffStyle& style) {
    std::string text;
    json::JsonWriter to(text);
    to.begin_object();
    write_optional(to, "rank", rank.rank);
    write_comparison(to, rank.report, style);
    write_notes(to, rank.report);
    to.end_object();
    return text;
}

}  // namespace snapq::render
