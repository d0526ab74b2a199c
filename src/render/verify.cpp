#include "render/verify.hpp"

#include <fmt/format.h>

#include "render/text_table.hpp"
#include "render/text_width.hpp"

namespace snapq::commands {
namespace {

std::string place_of(const archive::DamageFinding& finding) {
    std::string place = finding.entry.empty() ? std::string("container") : render::printable(finding.entry);
    if (finding.offset) place += fmt::format(", byte {}", *finding.offset);
    return place;
}

}  // namespace

std::string verify_as_text(const std::string& path, const archive::VerifyReport& report) {
    std::string text = render::printable(path) + '\n';
    render::TextTable table({{"check"}, {"result"}, {"detail"}});
    for (const archive::VerifyCheck& check : report.checks) {
        table.add_row({check.name, check.ok ? "ok" : "FAIL", check.detail});
    }
    table.draw(text);
    if (report.ok()) return text + "whole\n";
    text += "\ndamage:\n";
    for (const archive::DamageFinding& finding : report.damage) {
        text += fmt::format("  {}: {}\n", place_of(finding), render::printable(finding.message));
    }
    return text;
}

void write_verify(json::JsonWriter& json, const std::string& path, const archive::VerifyReport& report) {
    json.begin_object();
    json.key("archive").value(path);
    json.key("ok").value(report.ok());
    json.key("checks").begin_array();
    for (const archive::VerifyCheck& check : report.checks) {
        json.begin_object();
        json.key("name").value(check.name);
        json.key("ok").value(check.ok);
        json.key("detail").value(check.detail);
        json.end_object();
    }
    json.end_array();
    json.key("damage").begin_array();
    for (const archive::DamageFinding& finding : report.damage) {
        json.begin_object();
        finding.entry.empty() ? json.key("entry").null() : json.key("entry").value(finding.entry);
        json.key("offset");
        finding.offset ? json.value(static_cast<std::int64_t>(*finding.offset)) : json.null();
        json.key("message").value(finding.message);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

}  // namespace snapq::commands
