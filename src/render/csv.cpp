#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "render/call_tree.hpp"
#include "render/diff.hpp"
#include "render/diff_rows.hpp"
#include "render/escape.hpp"
#include "render/summary.hpp"
#include "report/summary.hpp"
#include "support/devices.hpp"
#include "support/numbers.hpp"
#include "support/text.hpp"

namespace snapq::render {
namespace {

using report::DiffMaximum;
using report::DiffRow;

constexpr std::string_view k_diff_columns =
    "device,status,key,label,base_bytes,new_bytes,delta_bytes,base_count,new_count,base_max_bytes,"
    "new_max_bytes,base_line,new_line,base_before_recording_bytes,new_before_recording_bytes";

// A line of cells. Numbers that are not known are empty.
class CsvLine {
public:
    explicit CsvLine(Formulas formulas) : m_formulas(formulas) {}

    CsvLine& number(report::MaybeInteger value) {
        separate();
        if (value) m_line += std::to_string(*value);
        return *this;
    }
    CsvLine& text(AnyText value) {
        separate();
        append_csv_text(m_line, repair_utf8(value.raw()), m_formulas);
        return *this;
    }
    CsvLine& text_or_empty(const std::optional<UntrustedText>& value) {
        return value ? text(*value) : empty();
    }
    CsvLine& empty() {
        separate();
        return *this;
    }
    [[nodiscard]] std::string finish() { return std::move(m_line) + '\n'; }

private:
    void separate() {
        if (m_started) m_line += ',';
        m_started = true;
    }

    Formulas m_formulas;
    std::string m_line;
    bool m_started = false;
};

report::MaybeInteger bytes_of(const std::optional<DiffMaximum>& maximum) {
    return maximum ? report::MaybeInteger(maximum->bytes) : std::nullopt;
}

std::string line_of(std::int64_t device, const DiffRow& row, CsvLine line) {
    line.text(device_name(device)).text(name_of(row.status())).text(row.key).text(row.label);
    line.number(row.base_bytes).number(row.new_bytes).number(row.delta());
    line.number(row.base_count).number(row.new_count);
    line.number(bytes_of(row.base_max)).number(bytes_of(row.new_max));
    line.number(row.base_line).number(row.new_line);
    return line.number(row.base_older_bytes).number(row.new_older_bytes).finish();
}

// `first`: the beginning of each line.
void add_rows(std::string& to, const CsvLine& first, const report::DiffReport& report,
              const DiffStyle& style) {
    const std::size_t top = style.top.value_or(std::numeric_limits<std::size_t>::max());
    for (const report::DiffDevice& device : report.devices) {
        const ShownRows shown = shown_rows(device, top);
        for (const DiffRow& row : shown.rows) to += line_of(device.device, row, first);
        if (shown.others) to += line_of(device.device, *shown.others, first);
    }
}

std::string line_of(std::int64_t device, const report::LiveRow& row, Formulas formulas) {
    CsvLine line(formulas);
    line.text(device_name(device)).text(row.key).text(row.label).text_or_empty(row.file).number(row.line);
    line.text_or_empty(row.function).text_or_empty(row.op).number(row.stack_id);
    return line.number(row.bytes).number(row.count).number(row.older.bytes).finish();
}

std::string rows_csv(const report::ArchiveSummary& archive, Formulas formulas) {
    std::string text = "device,key,label,file,line,function,op,stack_id,bytes,count,before_recording_bytes\n";
    for (const report::DeviceSummary& device : archive.devices) {
        for (const report::LiveRow& row : device.top) text += line_of(device.figures.device, row, formulas);
        if (device.others) text += line_of(device.figures.device, *device.others, formulas);
    }
    return text;
}

// The row for what is left out, which has no level. These rows and the own bytes of all nodes add up to all
// live bytes.
std::string left_out_line(std::int64_t device, std::string_view why, const report::LeftOutCalls& calls,
                          Formulas formulas) {
    if (calls.branches == 0) return {};
    CsvLine line(formulas);
    line.text(device_name(device)).empty().text(fmt::format("[left out: {}]", why)).empty().empty().empty();
    return line.number(calls.bytes).number(calls.count).empty().empty().empty().finish();
}

void add_compared_left_out(std::string& to, std::int64_t device, std::string_view why,
                           const report::LeftOutCalls& calls, Formulas formulas) {
    if (calls.branches == 0) return;
    CsvLine line(formulas);
    line.text(device_name(device)).empty().text(fmt::format("[left out: {}]", why)).empty().empty();
    line.number(calls.base_bytes)
        .number(calls.bytes)
        .number(saturating_subtract(calls.bytes, calls.base_bytes));
    to += line.number(calls.base_count).number(calls.count).empty().empty().finish();
}

std::string compared_tree_csv(const report::DiffReport& report, Formulas formulas) {
    std::string text =
        "device,level,name,file,function,base_bytes,new_bytes,delta_bytes,base_count,new_count,"
        "base_own_bytes,new_own_bytes\n";
    for (const report::DiffDevice& device : report.devices) {
        if (!device.tree) continue;
        for (const report::CallNode& node : device.tree->nodes) {
            CsvLine line(formulas);
            line.text(device_name(device.device)).number(static_cast<std::int64_t>(node.level));
            line.text(whole_name(node)).text_or_empty(node.frame.file).text_or_empty(node.frame.function);
            line.number(node.base_bytes).number(node.bytes).number(node.growth());
            line.number(node.base_count).number(node.count);
            text += line.number(node.base_own_bytes).number(node.own_bytes).finish();
        }
        const report::CallTree& tree = *device.tree;
        add_compared_left_out(text, device.device, "below --min-share", tree.below_share, formulas);
        add_compared_left_out(text, device.device, "below --depth", tree.below_depth, formulas);
        add_compared_left_out(text, device.device, "beyond memory", tree.beyond_memory, formulas);
    }
    return text;
}

std::string tree_csv(const report::ArchiveSummary& archive, Formulas formulas) {
    std::string text =
        "device,level,name,file,line,function,bytes,count,own_bytes,own_count,before_recording_bytes\n";
    for (const report::DeviceSummary& device : archive.devices) {
        if (!device.tree) continue;
        const std::int64_t number = device.figures.device;
        for (const report::CallNode& node : device.tree->nodes) {
            CsvLine line(formulas);
            line.text(device_name(number))
                .number(static_cast<std::int64_t>(node.level))
                .text(whole_name(node));
            line.text_or_empty(node.frame.file).number(node.frame.line).text_or_empty(node.frame.function);
            line.number(node.bytes).number(node.count).number(node.own_bytes).number(node.own_count);
            text += line.number(node.older.bytes).finish();
        }
        text += left_out_line(number, "below --min-share", device.tree->below_share, formulas);
        text += left_out_line(number, "below --depth", device.tree->below_depth, formulas);
        text += left_out_line(number, "beyond memory", device.tree->beyond_memory, formulas);
    }
    return text;
}

void add_figure(CsvLine& line, const report::FigureValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        line.number(*number);
    } else if (const auto* flag = std::get_if<bool>(&value)) {
        line.number(*flag ? 1 : 0);
    } else if (const auto* text = std::get_if<UntrustedText>(&value)) {
        line.text(*text);
    } else {
        line.empty();
    }
}

std::string figures_csv(const report::Summary& summary, Formulas formulas) {
    CsvLine head(formulas);
    head.text("archive").text("rank").text("device");
    for (const report::NamedFigure& figure : report::device_figure_list()) head.text(figure.name);
    std::string text = head.finish();
    for (const report::ArchiveSummary& archive : summary.archives) {
        for (const report::DeviceSummary& device : archive.devices) {
            CsvLine line(formulas);
            line.text(archive.archive).number(archive.rank).text(device_name(device.figures.device));
            for (const report::NamedFigure& figure : report::device_figure_list())
                add_figure(line, figure.get(device));
            text += line.finish();
        }
    }
    return text;
}

void add_spread(CsvLine& line, const report::Spread& spread) {
    line.number(spread.minimum).number(spread.median).number(spread.maximum).number(spread.mad);
}

std::string across_csv(const std::vector<report::AcrossRow>& rows, Formulas formulas) {
    std::string text =
        "key,label,archives,min_bytes,median_bytes,max_bytes,mad_bytes,exact,max_rank,max_archive,explains\n";
    for (const report::AcrossRow& row : rows) {
        CsvLine line(formulas);
        line.text(row.key).text(row.label).number(row.holders);
        add_spread(line, row.bytes);
        line.number(row.is_exact ? 1 : 0).number(row.most.rank).text(row.most.archive);
        UntrustedText explained;
        for (const report::NamedArchive& archive : row.explains)
            explained += (explained.empty() ? "" : " ") + archive.archive.raw();
        text += line.text(explained).finish();
    }
    return text;
}

std::string groups_csv(const report::Summary& summary, Formulas formulas) {
    CsvLine head(formulas);
    head.text("label." + summary.group_by);
    std::string text = head.finish();
    text.pop_back();
    text += ",archives,min_bytes,median_bytes,max_bytes,mad_bytes,max_rank,max_archive,outliers,oom_events\n";
    for (const report::RankGroup& group : summary.groups) {
        CsvLine line(formulas);
        line.text_or_empty(group.value).number(group.peak_requested.archives);
        add_spread(line, group.peak_requested);
        line.number(group.most.rank).text(group.most.archive);
        text += line.number(group.outliers).number(group.oom_events).finish();
    }
    return text;
}

}  // namespace

std::string diff_csv(const report::DiffReport& report, const DiffStyle& style) {
    const bool is_tree =
        std::ranges::any_of(report.devices, [](const auto& device) { return device.tree.has_value(); });
    if (is_tree) return compared_tree_csv(report, style.formulas);
    std::string text = fmt::format("{}\n", k_diff_columns);
    add_rows(text, CsvLine(style.formulas), report, style);
    return text;
}

std::string ranks_diff_csv_header() {
    return fmt::format("rank,{}\n", k_diff_columns);
}

std::string rank_diff_csv(const report::RankDiff& rank, const DiffStyle& style) {
    std::string text;
    add_rows(text, CsvLine(style.formulas).number(rank.rank), rank.report, style);
    return text;
}

std::string summary_csv(const report::Summary& summary, Formulas formulas) {
    if (summary.across) return across_csv(*summary.across, formulas);
    if (!summary.group_by.empty()) return groups_csv(summary, formulas);
    if (summary.several) return figures_csv(summary, formulas);
    const bool is_tree = !summary.archives.empty() && !summary.archives.front().devices.empty() &&
                         summary.archives.front().devices.front().tree;
    if (is_tree) return tree_csv(summary.archives.front(), formulas);
    return rows_csv(summary.archives.empty() ? report::ArchiveSummary{} : summary.archives.front(), formulas);
}

}  // namespace snapq::render
