#include "commands/convert_stats.hpp"

#include "commands/messages.hpp"
#include "commands/standard_output.hpp"
#include "json/writer.hpp"
#include "support/error.hpp"
#include "support/sizes.hpp"

namespace snapq::commands {
namespace {

std::int64_t number(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

void print_text(const convert::ConvertReport& report) {
    print_results("{}\n", report.input);
    print_results("  {:<10} {:>9} {:>9} {:>12} {:>12} {:>12} {:>12}\n", "phase", "wall s", "CPU s", "in",
                  "out", "VmRSS", "VmHWM");
    for (const convert::PhaseReport& phase : report.phases) {
        print_results("  {:<10} {:>9.3f} {:>9.3f} {:>12} {:>12} {:>12} {:>12}\n", phase.name,
                      phase.wall_seconds, phase.cpu_seconds, format_size(number(phase.bytes_in)),
                      format_size(number(phase.bytes_out)), format_size(number(phase.rss_bytes)),
                      format_size(number(phase.peak_bytes)));
    }
    print_results("  events {}, allocations {}, stacks {}, points {}, heap allocations {}\n",
                  format_count(number(report.events)), format_count(number(report.allocations)),
                  format_count(number(report.stacks)), format_count(number(report.points)),
                  format_count(number(report.heap_allocations)));
}

void write_phase(json::JsonWriter& json, const convert::PhaseReport& phase) {
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

void write_report(json::JsonWriter& json, const convert::ConvertReport& report, bool dry_run) {
    json.begin_object();
    json.key("input").value(report.input);
    dry_run ? json.key("output").null() : json.key("output").value(report.output);
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
    json.key("heap_allocations").value(number(report.heap_allocations));
    json.key("warnings").begin_array();
    for (const std::string& warning : report.warnings) json.value(warning);
    json.end_array();
    json.key("phases").begin_array();
    for (const convert::PhaseReport& phase : report.phases) write_phase(json, phase);
    json.end_array();
    json.end_object();
}

}  // namespace

void print_failure(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const Error& known) {
        print_error(known.what(), known.hint());
    } catch (const std::exception& other) {
        print_error(other.what());
    }
}

void print_dry_run(const convert::ConvertReport& report) {
    print_results("{}\n", report.input);
    print_results("  input       {}\n", format_size(number(report.input_bytes)));
    print_results("  devices     {}\n", report.devices);
    print_results("  events      {}\n", format_count(number(report.events)));
    print_results("  allocations {}\n", format_count(number(report.allocations)));
    print_results("  stacks      {}\n", format_count(number(report.stacks)));
    print_results("  points      {}\n", format_count(number(report.points)));
    print_results("  timeline    about {} of JSON\n", format_size(number(report.timeline_bytes)));
    print_results("  database    about {}\n", format_size(number(report.database_bytes)));
    print_results("  archive     about {}\n", format_size(number(report.output_bytes)));
}

void print_stats(const std::vector<convert::ConvertReport>& reports, bool as_json, bool dry_run) {
    if (!as_json) {
        for (const convert::ConvertReport& report : reports) print_text(report);
        return;
    }
    std::string text;
    json::JsonWriter json(text);
    json.begin_object().key("format_version").value(std::int64_t{1}).key("conversions").begin_array();
    for (const convert::ConvertReport& report : reports) write_report(json, report, dry_run);
    json.end_array().end_object();
    print_results("{}\n", text);
}

}  // namespace snapq::commands
