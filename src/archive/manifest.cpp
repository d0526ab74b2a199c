#include "archive/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "archive/chunks/chunk_codec.hpp"
#include "json/writer.hpp"
#include "support/devices.hpp"

namespace snapq::archive {
namespace {

constexpr std::string_view k_device_prefix = "allocations.device";
constexpr std::string_view k_device_suffix = ".json";
constexpr std::string_view k_host_entry = "allocations.host.json";

template <typename Number>
void write_optional(json::JsonWriter& json, const std::optional<Number>& number) {
    if (number) {
        json.value(static_cast<std::int64_t>(*number));
    } else {
        json.null();
    }
}

// Sizes stay below 2^63, because no file system stores larger files.
void write_size(json::JsonWriter& json, std::uint64_t size) {
    json.value(static_cast<std::int64_t>(size));
}

void write_entry(json::JsonWriter& json, const EntryRecord& entry) {
    json.begin_object().key("name").value(entry.name).key("device");
    write_optional(json, entry.device);
    json.key("method").value(name_of(entry.method)).key("size");
    write_size(json, entry.size);
    json.key("compressed_size");
    write_size(json, entry.compressed_size);
    json.key("crc32").value(std::int64_t{entry.crc32}).key("elements");
    write_optional(json, entry.elements);
    json.key("chunks").begin_array();
    for (const ChunkRecord& chunk : entry.chunks) {
        json.begin_array();
        write_size(json, chunk.compressed_size);
        write_size(json, chunk.raw_size);
        json.value(std::int64_t{chunk.crc32}).end_array();
    }
    json.end_array().end_object();
}

void write_anomaly(json::JsonWriter& json, const AnomalyRecord& anomaly) {
    json.begin_object().key("device");
    write_optional(json, anomaly.device);
    json.key("kind").value(anomaly.kind).key("count").value(anomaly.count).key("first_event");
    write_optional(json, anomaly.first_event);
    json.end_object();
}

// Writes an array of objects, each on a line of its own.
template <typename Range, typename Write>
void write_lines(json::JsonWriter& json, std::string& text, const Range& range, Write&& write) {
    json.begin_array();
    for (const auto& item : range) {
        json.raw("\n");  // JsonWriter puts the comma between two objects before the line break
        json::JsonWriter line(text);
        write(line, item);
    }
    json.end_array();
}

void write_head(json::JsonWriter& json, const Manifest& manifest) {
    json.key("format_version").value(manifest.format_version);
    json.key("snapq_version").value(manifest.snapq_version);
    json.key("source").begin_object().key("name").value(manifest.source_name).key("bytes");
    write_size(json, manifest.source_bytes);
    json.key("kind").value(manifest.source_kind).end_object();
    json.key("labels").begin_object();
    for (const auto& [key, value] : manifest.labels) json.key(key).value(value);
    json.end_object().key("rank");
    write_optional(json, manifest.rank);
    json.key("preexisting").value(name_of(manifest.preexisting));
    json.key("timeline_exact").value(manifest.timeline_exact);
    json.key("devices").begin_array();
    for (const std::int64_t device : manifest.devices) json.value(device);
    json.end_array().key("viewer_device").value(manifest.viewer_device);
}

}  // namespace

std::string timeline_entry(std::int64_t device, std::int64_t viewer_device) {
    if (device == viewer_device) return std::string(k_timeline_entry);
    if (device == k_host_device) return std::string(k_host_entry);
    return fmt::format("{}{}{}", k_device_prefix, device, k_device_suffix);
}

bool is_entry_name(std::string_view name) {
    if (name == k_timeline_entry || name == k_database_entry || name == Manifest::k_entry_name) return true;
    if (name == k_host_entry) return true;
    if (!name.starts_with(k_device_prefix) || !name.ends_with(k_device_suffix)) return false;
    name.remove_prefix(k_device_prefix.size());
    if (name.size() <= k_device_suffix.size()) return false;
    name.remove_suffix(k_device_suffix.size());
    return std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

const EntryRecord* Manifest::entry(std::string_view name) const {
    const auto found = std::ranges::find(entries, name, &EntryRecord::name);
    return found == entries.end() ? nullptr : &*found;
}

std::string_view name_of(timeline::Preexisting preexisting) {
    return preexisting == timeline::Preexisting::all ? "all" : "freed";
}

std::string manifest_text(const Manifest& manifest) {
    std::string text;
    json::JsonWriter json(text);
    json.begin_object();
    write_head(json, manifest);
    json.key("entries");
    write_lines(json, text, manifest.entries, write_entry);
    json.key("anomalies");
    write_lines(json, text, manifest.anomalies, write_anomaly);
    json.end_object();
    text += '\n';
    return text;
}

}  // namespace snapq::archive
