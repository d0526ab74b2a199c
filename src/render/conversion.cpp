#include <fmt/format.h>

#include "json/writer.hpp"
#include "render/escape.hpp"
#include "render/reports.hpp"
#include "support/sizes.hpp"

namespace snapq::render {
namespace {

std::int64_t number(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

std::string phases_text(const report::ConvertReport& report) {
    std::string text = printable(input_name(report)) + "\n";
    text += fmt::format("  {:<10} {:>9} {:>9} {:>12} {:>12} {:>12} {:>12}\n", "phase", "wall s", "CPU s",
                        "in", "out", "VmRSS", "VmHWM");
    for (const report::PhaseReport& phase : report.phases) {
        text += fmt::format("  {:<10} {:>9.3f} {:>9.3f} {:>12} {:>12} {:>12} {:>12}\n", phase.name,
                            phase.wall_seconds, phase.cpu_seconds, format_size(number(phase.bytes_in)),
                            format_size(number(phase.bytes_out)), format_size(number(phase.rss_bytes)),
                            format_size(number(phase.peak_bytes)));
    }
    text += fmt::format("  events {}, allocations {}, stacks {}, points {}\n",
                        format_count(number(report.events)), format_count(number(report.allocations)),
                        format_count(number(report.stacks)), format_count(number(report.points)));
    return text;
}

void write_phase(json::JsonWriter& json, const report::PhaseReport& phase) {
    json.begin_object();
    json.key("phase").value(phase.name);
    json.key("wall_seconds").value(phase.wall_seconds);
    json.key("cpu_seconds").value(phase.cpu_seconds);
    json.key("bytes_in").value(number(phase.bytes_in));
    json.key("bytes_out").value(number(phase.bytes_out));
    json.key("vm_rss_bytes").value(number(phase.rss_bytes));
    json.key("vm_hwm_bytes").value(number(phase.peak_bytes));
    json.end_object();
}

void write_report(json::JsonWriter& json, const report::ConvertReport& report, bool dry_run) {
    json.begin_object();
    json.key("input").value(report.input);
    dry_run ? json.key("output").null() : json.key("output").value(report.output);
    if (!report.key.empty()) json.key("key").value(report.key);
    json.key("dry_run").value(dry_run);
    json.key("input_bytes").value(number(report.input_bytes));
    json.key("output_bytes").value(number(report.output_bytes));
    json.key("timeline_bytes").value(number(report.timeline_bytes));
    json.key("database_bytes").value(number(report.database_bytes));
    json.key("devices").value(number(report.devices));
    json.key("events").value(number(report.events));
    json.key("allocations").value(number(report.allocations));
    json.key("stacks").value(number(report.stacks));
    json.key("points").value(number(report.points));
    json.key("heap_allocations").null();  // kept because earlier versions wrote a number here
    write_texts(json, "warnings", report.warnings);
    json.key("phases").begin_array();
    for (const report::PhaseReport& phase : report.phases) write_phase(json, phase);
    json.end_array();
    json.end_object();
}

}  // namespace

UntrustedText input_name(const report::ConvertReport& report) {
    if (report.key.empty()) return report.input;
    return fmt::format("{} ({})", report.input.raw(), report.key.raw());
}

std::string dry_run_text(const report::ConvertReport& report) {
    std::string text = printable(input_name(report)) + "\n";
    text += fmt::format("  input       {}\n", format_size(number(report.input_bytes)));
    text += fmt::format("  devices     {}\n", report.devices);
    text += fmt::format("  events      {}\n", format_count(number(report.events)));
    text += fmt::format("  allocations {}\n", format_count(number(report.allocations)));
    text += fmt::format("  stacks      {}\n", format_count(number(report.stacks)));
    text += fmt::format("  points      {}\n", format_count(number(report.points)));
    text += fmt::format("  timeline    about {} of JSON\n", format_size(number(report.timeline_bytes)));
    text += fmt::format("  database    about {}\n", format_size(number(report.database_bytes)));
    text += fmt::format("  archive     about {}\n", format_size(number(report.output_bytes)));
    return text;
}

std::string stats_text(const std::vector<report::ConvertReport>& reports) {
    std::string text;
    for (const report::ConvertReport& report : reports) {
        if (!report.kept) text += phases_text(report);
    }
    return text;
}

std::string stats_json(const std::vector<report::ConvertReport>& reports, bool dry_run) {
    std::string text;
    json::JsonWriter json(text);
    json.begin_object().key("format_version").value(std::int64_t{1}).key("conversions").begin_array();
    for (const report::ConvertReport& report : reports) {
        if (!report.kept) write_report(json, report, dry_run);
    }
    json.end_array().key("up_to_date").begin_array();
    for (const report::ConvertReport& report : reports) {
        if (report.kept) json.value(report.output);
    }
    json.end_array().end_object();
    return text + '\n';
}

}  // namespace snapq::render
