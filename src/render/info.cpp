#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <utility>
#include <vector>

#include "json/writer.hpp"
#include "render/escape.hpp"
#include "render/json_values.hpp"
#include "render/reports.hpp"
#include "render/text_table.hpp"
#include "support/devices.hpp"
#include "support/sizes.hpp"

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

}  // namespace snapq::render
