#include <fmt/format.h>

#include "json/writer.hpp"
#include "render/escape.hpp"
#include "render/json_values.hpp"
#include "render/reports.hpp"
#include "render/text_table.hpp"

namespace snapq::render {
namespace {

std::string location_of(const report::DamageFinding& finding) {
    std::string location = finding.entry.empty() ? std::string("container") : printable(finding.entry);
    if (finding.offset) location += fmt::format(", byte {}", *finding.offset);
    return location;
}

void write_verify(json::JsonWriter& json, const std::string& path, const report::VerifyReport& report) {
    json.begin_object();
    json.key("archive").value(path);
    json.key("ok").value(report.ok());
    json.key("checks").begin_array();
    for (const report::VerifyCheck& check : report.checks) {
        json.begin_object();
        json.key("name").value(check.name);
        json.key("ok").value(check.ok);
        json.key("detail").value(check.detail);
        json.end_object();
    }
    json.end_array();
    json.key("damage").begin_array();
    for (const report::DamageFinding& finding : report.damage) {
        json.begin_object();
        finding.entry.empty() ? json.key("entry").null() : json.key("entry").value(finding.entry);
        write_optional(json, "offset", finding.offset);
        json.key("message").value(finding.message);
        if (finding.is_refused) json.key("refused").value(true);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

// The damage, or the refused databases, below a title; empty if there are none.
std::string findings_text(std::string_view title, const report::VerifyReport& report, bool refused) {
    std::string text;
    for (const report::DamageFinding& finding : report.damage) {
        if (finding.is_refused != refused) continue;
        text += fmt::format("  {}: {}\n", location_of(finding), printable(finding.message));
    }
    return text.empty() ? text : fmt::format("\n{}:\n{}", title, text);
}

}  // namespace

std::string verify_text(const std::string& path, const report::VerifyReport& report) {
    std::string text = printable(path) + '\n';
    TextTable table({{"check"}, {"result"}, {"detail"}});
    for (const report::VerifyCheck& check : report.checks) {
        table.add_row({check.name, check.ok ? "ok" : "FAIL", check.detail});
    }
    table.draw(text);
    if (report.ok()) return text + "whole\n";
    return text + findings_text("damage", report, false) + findings_text("refused by snapq", report, true);
}

std::string verify_json(const std::vector<std::string>& paths,
                        const std::vector<report::VerifyReport>& reports) {
    std::string text;
    json::JsonWriter json(text);
    json.begin_object().key("format_version").value(std::int64_t{1});
    json.key("archives").begin_array();
    for (std::size_t i = 0; i < reports.size(); ++i) write_verify(json, paths[i], reports[i]);
    json.end_array().end_object();
    return text + '\n';
}

}  // namespace snapq::render
