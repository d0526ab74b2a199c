#include "render/reports.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <utility>
#include <vector>

#include "json/writer.hpp"
#include "render/escape.hpp"
#include "render/text_table.hpp"
#include "support/devices.hpp"
#include "support/numbers.hpp"

namespace snapq::render {
namespace {

using report::ArchiveInfo;
using report::ArchiveManifest;

std::string bytes_text(std::uint64_t bytes) {
    return format_size(static_cast<std::int64_t>(bytes));
}

std::string count_text(std::uint64_t count) {
    return format_count(static_cast<std::int64_t>(count));
}

// ---- text ----

void add_fact(std::string& to, std::string_view name, AnyText value) {
    to += fmt::format("{:<13}{}\n", name, printable(value));
}

void add_manifest(std::string& to, const ArchiveManifest& manifest) {
    add_fact(to, "made by",
             fmt::format("snapq {}, format {}", manifest.snapq_version.raw(), manifest.format_version));
    add_fact(to, "source",
             fmt::format("{} ({}, {})", manifest.source_name.raw(), manifest.source_kind.raw(),
                         bytes_text(manifest.source_bytes)));
    if (manifest.rank) add_fact(to, "rank", fmt::format("{}", *manifest.rank));
    for (const auto& [key, value] : manifest.labels)
        add_fact(to, "label", fmt::format("{}={}", key.raw(), value.raw()));
    add_fact(to, "devices",
             manifest.devices.empty()
                 ? std::string("none")
                 : fmt::format("{} (viewer device {})", fmt::join(device_names(manifest.devices), ", "),
                               device_name(manifest.viewer_device)));
    add_fact(to, "preexisting", manifest.preexisting);
    add_fact(to, "timeline", manifest.timeline_exact ? "exact" : "thinned out (see convert --max-points)");
}

std::string optional_count(std::optional<std::uint64_t> count) {
    return count ? count_text(*count) : std::string("-");
}

void add_entries(std::string& to, const ArchiveInfo& info) {
    TextTable table({{"entry"},
                     {"method"},
                     {"size", Align::right},
                     {"stored", Align::right},
                     {"chunks", Align::right},
                     {"elements", Align::right}});
    for (const report::ArchiveEntry& entry : info.entries) {
        table.add_row({entry.name, entry.method, bytes_text(entry.size), bytes_text(entry.compressed_size),
                       optional_count(entry.chunks), optional_count(entry.elements)});
    }
    to += '\n';
    table.draw(to);
}

void add_tables(std::string& to, const ArchiveInfo& info) {
    TextTable table({{"table"}, {"rows", Align::right}});
    std::vector<std::string> views;
    for (const report::ArchiveTable& each : info.tables) {
        if (each.is_view) {
            views.push_back(printable(each.name));
        } else {
            table.add_row({each.name, each.rows ? format_count(*each.rows) : std::string("-")});
        }
    }
    to += '\n';
    table.draw(to);
    if (!views.empty()) to += fmt::format("\nviews: {}\n", fmt::join(views, ", "));
}

void add_anomalies(std::string& to, const ArchiveManifest& manifest) {
    if (manifest.anomalies.empty()) return;
    TextTable table({{"anomaly"}, {"device"}, {"count", Align::right}, {"first event", Align::right}});
    for (const report::ArchiveAnomaly& each : manifest.anomalies) {
        table.add_row({each.kind, each.device ? device_name(*each.device) : std::string("-"),
                       format_count(each.count),
                       each.first_event ? fmt::format("{}", *each.first_event) : std::string("-")});
    }
    to += '\n';
    table.draw(to);
}

// ---- JSON ----

json::JsonWriter& write_count(json::JsonWriter& json, std::string_view key, std::uint64_t count) {
    return json.key(key).value(static_cast<std::int64_t>(count));
}

void write_anomalies(json::JsonWriter& json, const ArchiveManifest& manifest) {
    json.key("anomalies").begin_array();
    for (const report::ArchiveAnomaly& each : manifest.anomalies) {
        json.begin_object();
        write_optional(json, "device", each.device);
        json.key("kind").value(each.kind);
        json.key("count").value(each.count);
        write_optional(json, "first_event", each.first_event);
        json.end_object();
    }
    json.end_array();
}

void write_manifest(json::JsonWriter& json, const ArchiveManifest& manifest) {
    json.begin_object();
    json.key("format_version").value(manifest.format_version);
    json.key("snapq_version").value(manifest.snapq_version);
    json.key("source").begin_object();
    json.key("name").value(manifest.source_name);
    write_count(json, "bytes", manifest.source_bytes);
    json.key("kind").value(manifest.source_kind).end_object();
    json.key("labels").begin_object();
    for (const auto& [key, value] : manifest.labels) json.key(key).value(value);
    json.end_object();
    write_optional(json, "rank", manifest.rank);
    json.key("preexisting").value(manifest.preexisting);
    json.key("timeline_exact").value(manifest.timeline_exact);
    json.key("devices").begin_array();
    for (const std::int64_t device : manifest.devices) json.value(device);
    json.end_array();
    json.key("viewer_device").value(manifest.viewer_device);
    write_anomalies(json, manifest);
    json.end_object();
}

void write_entries(json::JsonWriter& json, const ArchiveInfo& info) {
    json.key("entries").begin_array();
    for (const report::ArchiveEntry& entry : info.entries) {
        json.begin_object();
        json.key("name").value(entry.name);
        json.key("method").value(entry.method);
        write_count(json, "size", entry.size);
        write_count(json, "compressed_size", entry.compressed_size);
        write_optional(json, "chunks", entry.chunks);
        write_optional(json, "elements", entry.elements);
        write_optional(json, "device", entry.device);
        json.end_object();
    }
    json.end_array();
}

void write_tables(json::JsonWriter& json, const ArchiveInfo& info) {
    json.key("tables").begin_array();
    for (const report::ArchiveTable& table : info.tables) {
        json.begin_object();
        json.key("name").value(table.name);
        json.key("type").value(table.is_view ? "view" : "table");
        write_optional(json, "rows", table.rows);
        json.end_object();
    }
    json.end_array();
}

}  // namespace

std::string info_text(const ArchiveInfo& info) {
    std::string text;
    add_fact(text, "archive", info.path);
    add_fact(text, "kind", info.kind);
    add_fact(text, "size", bytes_text(info.bytes));
    if (info.manifest) add_manifest(text, *info.manifest);
    add_entries(text, info);
    add_tables(text, info);
    if (info.manifest) add_anomalies(text, *info.manifest);
    return text;
}

std::string info_json(const ArchiveInfo& info) {
    std::string text;
    json::JsonWriter json(text);
    json.begin_object().key("format_version").value(std::int64_t{1});
    json.key("archive").value(info.path);
    json.key("kind").value(info.kind);
    write_count(json, "bytes", info.bytes);
    json.key("manifest");
    if (info.manifest) {
        write_manifest(json, *info.manifest);
    } else {
        json.null();
    }
    write_entries(json, info);
    write_tables(json, info);
    json.end_object();
    return text + '\n';
}

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
