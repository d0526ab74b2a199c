#include <fmt/format.h>

#include <limits>

#include "render/diff.hpp"
#include "render/diff_rows.hpp"

namespace snapq::render {
namespace {

using report::DiffMaximum;
using report::DiffRow;

std::string in_quotes(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
    std::string cell = "\"";
    for (const char c : text) {
        if (c == '"') cell += '"';
        cell += c;
    }
    return cell + '"';
}

std::string bytes_of(const std::optional<DiffMaximum>& maximum) {
    return maximum ? std::to_string(maximum->bytes) : "";
}

void add_row(std::string& to, std::int64_t device, const DiffRow& row) {
    to += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", device, name_of(row.status()), in_quotes(row.key),
                      in_quotes(row.label), row.base_bytes, row.new_bytes, row.delta(), row.base_count,
                      row.new_count, bytes_of(row.base_max), bytes_of(row.new_max));
}

}  // namespace

std::string diff_csv(const report::DiffReport& report, const DiffStyle& style) {
    std::string text =
        "device,status,key,label,base_bytes,new_bytes,delta_bytes,base_count,new_count,base_max_bytes,"
        "new_max_bytes\n";
    const std::size_t top = style.top.value_or(std::numeric_limits<std::size_t>::max());
    for (const report::DiffDevice& device : report.devices) {
        const ShownRows shown = shown_rows(device, top);
        for (const DiffRow& row : shown.rows) add_row(text, device.device, row);
        if (shown.others) add_row(text, device.device, *shown.others);
    }
    return text;
}

}  // namespace snapq::render
