#include "snapq/archive/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "snapq/archive/chunk_codec.hpp"
#include "snapq/support/json_text.hpp"

namespace snapq::archive {
namespace {

template <typename Number>
void append_number(std::string& into, Number number) {
    fmt::format_to(std::back_inserter(into), "{}", number);
}

template <typename Number>
void append_optional(std::string& into, const std::optional<Number>& number) {
    if (number) {
        append_number(into, *number);
    } else {
        into += "null";
    }
}

void append_key(std::string& into, std::string_view key) {
    append_json_string(into, key);
    into += ':';
}

template <typename Range, typename Append>
void append_joined(std::string& into, const Range& range, std::string_view separator, Append&& append) {
    bool first = true;
    for (const auto& item : range) {
        if (!first) into += separator;
        first = false;
        append(item);
    }
}

void append_source(std::string& into, const Manifest& manifest) {
    into += "\"source\":{\"name\":";
    append_json_string(into, manifest.source_name);
    into += ",\"bytes\":";
    append_number(into, manifest.source_bytes);
    into += ",\"kind\":";
    append_json_string(into, manifest.source_kind);
    into += "},\n";
}

void append_labels(std::string& into, const Manifest& manifest) {
    into += "\"labels\":{";
    append_joined(into, manifest.labels, ",", [&](const auto& label) {
        append_key(into, label.first);
        append_json_string(into, label.second);
    });
    into += "},\n";
}

void append_chunk(std::string& into, const ChunkRecord& chunk) {
    fmt::format_to(std::back_inserter(into), "[{},{},{}]", chunk.compressed_size, chunk.raw_size,
                   chunk.crc32);
}

void append_entry(std::string& into, const EntryRecord& entry) {
    into += "{\"name\":";
    append_json_string(into, entry.name);
    into += ",\"device\":";
    append_optional(into, entry.device);
    into += ",\"method\":";
    append_json_string(into, name_of(entry.method));
    fmt::format_to(std::back_inserter(into),
                   ",\"size\":{},\"compressed_size\":{},\"crc32\":{},\"elements\":", entry.size,
                   entry.compressed_size, entry.crc32);
    append_optional(into, entry.elements);
    into += ",\"chunks\":[";
    append_joined(into, entry.chunks, ",", [&](const ChunkRecord& chunk) { append_chunk(into, chunk); });
    into += "]}";
}

void append_anomaly(std::string& into, const AnomalyRecord& anomaly) {
    into += "{\"device\":";
    append_optional(into, anomaly.device);
    into += ",\"kind\":";
    append_json_string(into, anomaly.kind);
    into += ",\"count\":";
    append_number(into, anomaly.count);
    into += ",\"first_event\":";
    append_optional(into, anomaly.first_event);
    into += '}';
}

}  // namespace

const EntryRecord* Manifest::entry(std::string_view name) const {
    const auto found = std::ranges::find(entries, name, &EntryRecord::name);
    return found == entries.end() ? nullptr : &*found;
}

std::string_view name_of(timeline::Preexisting preexisting) {
    return preexisting == timeline::Preexisting::all ? "all" : "freed";
}

std::string manifest_text(const Manifest& manifest) {
    std::string text = fmt::format("{{\"format_version\":{},\n\"snapq_version\":", manifest.format_version);
    append_json_string(text, manifest.snapq_version);
    text += ",\n";
    append_source(text, manifest);
    append_labels(text, manifest);
    text += "\"rank\":";
    append_optional(text, manifest.rank);
    fmt::format_to(std::back_inserter(text),
                   ",\n\"preexisting\":\"{}\",\n\"timeline_exact\":{},\n\"devices\":[",
                   name_of(manifest.preexisting), manifest.timeline_exact);
    append_joined(text, manifest.devices, ",", [&](std::int64_t device) { append_number(text, device); });
    fmt::format_to(std::back_inserter(text), "],\n\"viewer_device\":{},\n\"entries\":[",
                   manifest.viewer_device);
    append_joined(text, manifest.entries, ",", [&](const EntryRecord& entry) {
        text += '\n';
        append_entry(text, entry);
    });
    text += "],\n\"anomalies\":[";
    append_joined(text, manifest.anomalies, ",", [&](const AnomalyRecord& anomaly) {
        text += '\n';
        append_anomaly(text, anomaly);
    });
    text += "]}\n";
    return text;
}

}  // namespace snapq::archive
