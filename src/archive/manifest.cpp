#include "archive/manifest.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "archive/chunks/chunk_codec.hpp"
#include "json/writer.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"

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

void write_entry(json::JsonWriter& json, const ManifestEntry& entry) {
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

const ManifestEntry* Manifest::entry(std::string_view name) const {
    const auto found = std::ranges::find(entries, name, &ManifestEntry::name);
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

// Uses simdjson's on-demand parser: the DOM of a large manifest would take more memory than a query may use.
namespace {

namespace ondemand = simdjson::ondemand;

[[noreturn]] void throw_invalid(std::string_view what) {
    throw InputError(fmt::format("{}: {}", Manifest::k_entry_name, what));
}

std::string text_of(ondemand::value value) {
    return std::string(std::string_view(value.get_string()));
}

std::optional<std::int64_t> optional_integer(ondemand::value value) {
    if (value.is_null()) return std::nullopt;
    return std::int64_t{value.get_int64()};
}

std::optional<std::uint64_t> optional_count(ondemand::value value) {
    if (value.is_null()) return std::nullopt;
    return std::uint64_t{value.get_uint64()};
}

std::uint32_t crc_of(ondemand::value value) {
    const std::uint64_t crc = value.get_uint64();
    if (crc > std::numeric_limits<std::uint32_t>::max()) throw_invalid("a checksum of more than 32 bits");
    return static_cast<std::uint32_t>(crc);
}

// Without this check, a crafted manifest could make a sum wrap around to the expected size.
std::uint64_t checked_sum(std::uint64_t sum, std::uint64_t more) {
    if (more > std::numeric_limits<std::int64_t>::max() - sum)
        throw_invalid("sizes that add up to more than a file can hold");
    return sum + more;
}

// Calls `read(index, value)` for the members named in `required`, by their index there. Each of them has to
// be present once; other members are skipped. Visits every member, so the syntax of the whole object is
// checked.
template <typename Read>
void for_members(ondemand::object object, std::initializer_list<std::string_view> required, Read&& read) {
    std::uint64_t seen = 0;
    for (auto field : object) {
        const std::string_view key = field.unescaped_key();
        ondemand::value value = field.value();
        std::size_t index = 0;
        while (index < required.size() && required.begin()[index] != key) ++index;
        if (index == required.size()) continue;
        if ((seen >> index & 1U) != 0) throw_invalid(fmt::format("member \"{}\" is there twice", key));
        seen |= std::uint64_t{1} << index;
        read(index, value);
    }
    for (std::size_t index = 0; index < required.size(); ++index) {
        if ((seen >> index & 1U) == 0)
            throw_invalid(fmt::format("member \"{}\" is missing", required.begin()[index]));
    }
}

ChunkRecord parse_chunk(ondemand::array triple) {
    std::array<std::uint64_t, 3> numbers{};
    std::size_t count = 0;
    for (auto number : triple) {
        if (count == numbers.size()) throw_invalid("a chunk is not a list of three numbers");
        ondemand::value value = number.value();
        numbers[count++] = value.get_uint64();
    }
    if (count != numbers.size()) throw_invalid("a chunk is not a list of three numbers");
    if (numbers[1] > k_max_raw_chunk || numbers[2] > std::numeric_limits<std::uint32_t>::max()) {
        throw_invalid("a chunk is larger than the format allows");
    }
    return {.compressed_size = numbers[0],
            .raw_size = numbers[1],
            .crc32 = static_cast<std::uint32_t>(numbers[2])};
}

void check_sums(const ManifestEntry& entry) {
    std::uint64_t compressed = 0;
    std::uint64_t raw = 0;
    for (const ChunkRecord& chunk : entry.chunks) {
        compressed = checked_sum(compressed, chunk.compressed_size);
        raw = checked_sum(raw, chunk.raw_size);
    }
    if (compressed != entry.compressed_size || raw != entry.size) {
        throw_invalid(fmt::format("the chunks of \"{}\" do not add up to its size", entry.name));
    }
}

ManifestEntry parse_entry(ondemand::object object) {
    ManifestEntry entry;
    for_members(object,
                {"name", "device", "method", "size", "compressed_size", "crc32", "elements", "chunks"},
                [&](std::size_t member, ondemand::value value) {
                    switch (member) {
                        case 0: entry.name = text_of(value); break;
                        case 1: entry.device = optional_integer(value); break;
                        case 2: {
                            const auto method = compression_named(text_of(value));
                            if (!method) throw_invalid("an entry with an unknown compression method");
                            entry.method = *method;
                            break;
                        }
                        case 3: entry.size = value.get_uint64(); break;
                        case 4: entry.compressed_size = value.get_uint64(); break;
                        case 5: entry.crc32 = crc_of(value); break;
                        case 6: entry.elements = optional_count(value); break;
                        default:
                            for (auto triple : value.get_array())
                                entry.chunks.push_back(parse_chunk(triple.get_array()));
                    }
                });
    check_sums(entry);
    return entry;
}

AnomalyRecord parse_anomaly(ondemand::object object) {
    AnomalyRecord anomaly;
    for_members(object, {"device", "kind", "count", "first_event"},
                [&](std::size_t member, ondemand::value value) {
                    switch (member) {
                        case 0: anomaly.device = optional_integer(value); break;
                        case 1: anomaly.kind = text_of(value); break;
                        case 2: anomaly.count = value.get_int64(); break;
                        default: anomaly.first_event = optional_integer(value);
                    }
                });
    return anomaly;
}

void parse_source(ondemand::object object, Manifest& manifest) {
    for_members(object, {"name", "bytes", "kind"}, [&](std::size_t member, ondemand::value value) {
        switch (member) {
            case 0: manifest.source_name = text_of(value); break;
            case 1: manifest.source_bytes = value.get_uint64(); break;
            default: manifest.source_kind = text_of(value);
        }
    });
}

timeline::Preexisting parse_preexisting(ondemand::value value) {
    const std::string text = text_of(value);
    if (text == "all") return timeline::Preexisting::all;
    if (text != "freed") throw_invalid("\"preexisting\" is neither \"all\" nor \"freed\"");
    return timeline::Preexisting::freed;
}

// format_version is the first member, and it is checked before the others are read: a newer format may have
// changed every other member.
std::int64_t parse_version(ondemand::value value) {
    const std::int64_t version = value.get_int64();
    if (version == Manifest::k_format_version) return version;
    if (version < Manifest::k_format_version)
        throw_invalid(fmt::format("format version {} does not exist", version));
    throw newer_format(version);
}

void parse_labels(ondemand::object object, Manifest& manifest) {
    for (auto field : object) {
        std::string key(std::string_view(field.unescaped_key()));
        manifest.labels.insert_or_assign(std::move(key), text_of(field.value()));
    }
}

void parse_member(Manifest& manifest, std::size_t member, ondemand::value value) {
    switch (member) {
        case 0: manifest.format_version = parse_version(value); break;
        case 1: manifest.snapq_version = text_of(value); break;
        case 2: parse_source(value.get_object(), manifest); break;
        case 3: parse_labels(value.get_object(), manifest); break;
        case 4: manifest.rank = optional_integer(value); break;
        case 5: manifest.preexisting = parse_preexisting(value); break;
        case 6: manifest.timeline_exact = value.get_bool(); break;
        case 7:
            for (auto device : value.get_array()) manifest.devices.push_back(device.get_int64());
            break;
        case 8: manifest.viewer_device = value.get_int64(); break;
        case 9:
            for (auto entry : value.get_array()) manifest.entries.push_back(parse_entry(entry.get_object()));
            break;
        default:
            for (auto anomaly : value.get_array())
                manifest.anomalies.push_back(parse_anomaly(anomaly.get_object()));
    }
}

void check_names(const std::vector<ManifestEntry>& entries) {
    std::set<std::string_view> seen;
    for (const ManifestEntry& entry : entries) {
        if (!seen.insert(entry.name).second)
            throw_invalid(fmt::format("entry \"{}\" is listed twice", entry.name));
    }
}

Manifest parse_document(std::string_view text) {
    Manifest manifest;
    ondemand::parser parser;
    const simdjson::padded_string padded(text);
    ondemand::document document = parser.iterate(padded);
    for_members(document.get_object(),
                {"format_version", "snapq_version", "source", "labels", "rank", "preexisting",
                 "timeline_exact", "devices", "viewer_device", "entries", "anomalies"},
                [&](std::size_t member, ondemand::value value) { parse_member(manifest, member, value); });
    // simdjson reports OUT_OF_BOUNDS when the document has been read completely.
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
        throw_invalid("text after the end of the object");
    check_names(manifest.entries);
    return manifest;
}

}  // namespace

InputError newer_format(std::int64_t version) {
    InputError error(fmt::format("made by a newer snapq (format {}; this one reads {})", version,
                                 Manifest::k_format_version));
    error.with_hint("update snapq, or convert the snapshot again with this version");
    return error;
}

Manifest parse_manifest(std::string_view text) {
    try {
        Manifest manifest = parse_document(text);
        return manifest;
    } catch (const simdjson::simdjson_error& error) {
        throw_invalid(error.what());
    }
}

}  // namespace snapq::archive
