#include <fmt/format.h>

#include <limits>

#include "render/diff.hpp"
#include "render/diff_rows.hpp"
#include "render/summary.hpp"
#include "report/figure_list.hpp"
#include "support/devices.hpp"
#include "support/utf8.hpp"

namespace snapq::render {
namespace {

using report::DiffMaximum;
using report::DiffRow;

constexpr std::string_view k_diff_columns =
    "device,status,key,label,base_bytes,new_bytes,delta_bytes,base_count,new_count,base_max_bytes,"
    "new_max_bytes,base_line,new_line";

// Quoted as in RFC 4180, but only where necessary.
std::string csv_field(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::string bytes_text(const std::optional<DiffMaximum>& maximum) {
    return maximum ? std::to_string(maximum->bytes) : "";
}

std::string csv_line(const std::vector<std::string>& cells) {
    std::string line;
    for (const std::string& cell : cells) {
        if (&cell != &cells.front()) line += ',';
        line += csv_field(cell);
    }
    return line + '\n';
}

std::string text_of(report::MaybeInteger value) {
    return value ? std::to_string(*value) : std::string();
}

void add_row(std::string& to, std::int64_t device, const DiffRow& row) {
    to += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}\n", device_name(device), name_of(row.status()),
                      csv_field(row.key), csv_field(row.label), row.base_bytes, row.new_bytes, row.delta(),
                      row.base_count, row.new_count, bytes_text(row.base_max), bytes_text(row.new_max),
                      text_of(row.base_line), text_of(row.new_line));
}

// `first`: the beginning of each line.
void add_rows(std::string& to, std::string_view first, const report::DiffReport& report,
              const DiffStyle& style) {
    const std::size_t top = style.top.value_or(std::numeric_limits<std::size_t>::max());
    for (const report::DiffDevice& device : report.devices) {
        const ShownRows shown = shown_rows(device, top);
        for (const DiffRow& row : shown.rows) add_row(to += first, device.device, row);
        if (shown.others) add_row(to += first, device.device, *shown.others);
    }
}

std::string text_of(const report::FigureValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "1" : "0";
    if (const auto* text = std::get_if<std::string>(&value)) return repair_utf8(*text);
    return {};
}

void add_row(std::string& to, std::int64_t device, const report::LiveRow& row) {
    to += csv_line({device_name(device), repair_utf8(row.key), repair_utf8(row.label),
                    repair_utf8(row.file.value_or("")), text_of(row.line),
                    repair_utf8(row.function.value_or("")), repair_utf8(row.op.value_or("")),
                    text_of(row.stack_id), std::to_string(row.bytes), std::to_string(row.count)});
}

std::string rows_csv(const report::ArchiveSummary& archive) {
    std::string text = "device,key,label,file,line,function,op,stack_id,bytes,count\n";
    for (const report::DeviceSummary& device : archive.devices) {
        for (const report::LiveRow& row : device.top) add_row(text, device.figures.device, row);
        if (device.others) add_row(text, device.figures.device, *device.others);
    }
    return text;
}

std::string figures_csv(const report::Summary& summary) {
    std::vector<std::string> cells{"archive", "rank", "device"};
    for (const report::NamedFigure& figure : report::device_figure_list()) cells.emplace_back(figure.name);
    std::string text = csv_line(cells);
    for (const report::ArchiveSummary& archive : summary.archives) {
        for (const report::DeviceSummary& device : archive.devices) {
            cells = {repair_utf8(archive.archive), text_of(archive.rank), device_name(device.figures.device)};
            for (const report::NamedFigure& figure : report::device_figure_list())
                cells.push_back(text_of(figure.get(device)));
            text += csv_line(cells);
        }
    }
    return text;
}

}  // namespace

std::string diff_csv(const report::DiffReport& report, const DiffStyle& style) {
    std::string text = fmt::format("{}\n", k_diff_columns);
    add_rows(text, "", report, style);
    return text;
}

std::string ranks_diff_csv(const report::RanksDiff& diff, const DiffStyle& style) {
    std::string text = fmt::format("rank,{}\n", k_diff_columns);
    for (const report::RankDiff& rank : diff.ranks)
        add_rows(text, text_of(rank.rank) + ',', rank.report, style);
    return text;
}

std::string summary_csv(const report::Summary& summary) {
    if (summary.several) return figures_csv(summary);
    return rows_csv(summary.archives.empty() ? report::ArchiveSummary{} : summary.archives.front());
}

}  // namespace snapq::render
