#include <fmt/format.h>

#include "json/writer.hpp"
#include "render/summary.hpp"
#include "report/figure_list.hpp"
#include "support/utf8.hpp"

namespace snapq::render {
namespace {

// RFC 4180, but with line feeds, as Unix tools want them.
std::string quoted_cell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::string line_of(const std::vector<std::string>& cells) {
    std::string line;
    for (const std::string& cell : cells) {
        if (&cell != &cells.front()) line += ',';
        line += quoted_cell(cell);
    }
    return line + '\n';
}

std::string text_of(report::MaybeInteger value) {
    return value ? std::to_string(*value) : std::string();
}

std::string text_of(const report::FigureValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "1" : "0";
    if (const auto* text = std::get_if<std::string>(&value)) return repair_utf8(*text);
    return {};
}

void append_row(std::string& to, std::int64_t device, const report::LiveRow& row) {
    to += line_of({std::to_string(device), repair_utf8(row.key), repair_utf8(row.label),
                   repair_utf8(row.file.value_or("")), text_of(row.line),
                   repair_utf8(row.function.value_or("")), repair_utf8(row.op.value_or("")),
                   text_of(row.stack_id), std::to_string(row.bytes), std::to_string(row.count)});
}

std::string rows_csv(const report::ArchiveSummary& archive) {
    std::string text = "device,key,label,file,line,function,op,stack_id,bytes,count\n";
    for (const report::DeviceSummary& device : archive.devices) {
        for (const report::LiveRow& row : device.top) append_row(text, device.figures.device, row);
        if (device.others) append_row(text, device.figures.device, *device.others);
    }
    return text;
}

std::string figures_csv(const report::Summary& summary) {
    std::vector<std::string> cells{"archive", "rank", "device"};
    for (const report::NamedFigure& figure : report::device_figure_list()) cells.emplace_back(figure.name);
    std::string text = line_of(cells);
    for (const report::ArchiveSummary& archive : summary.archives) {
        for (const report::DeviceSummary& device : archive.devices) {
            cells = {repair_utf8(archive.archive), text_of(archive.rank),
                     std::to_string(device.figures.device)};
            for (const report::NamedFigure& figure : report::device_figure_list())
                cells.push_back(text_of(figure.get(device)));
            text += line_of(cells);
        }
    }
    return text;
}

}  // namespace

std::string summary_csv(const report::Summary& summary) {
    if (summary.several) return figures_csv(summary);
    return rows_csv(summary.archives.empty() ? report::ArchiveSummary{} : summary.archives.front());
}

}  // namespace snapq::render
