// On-demand parsing: a DOM of the manifest of a hundred-gigabyte archive would take more memory than a query
// may.
#include <simdjson.h>

#include <initializer_list>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "archive/chunk_codec.hpp"
#include "archive/manifest.hpp"
#include "support/error.hpp"

namespace snapq::archive {
namespace {

namespace json = simdjson::ondemand;

[[noreturn]] void throw_odd(std::string_view what) {
    throw InputError(fmt::format("{}: {}", Manifest::k_entry_name, what));
}

std::string text_of(json::value value) {
    return std::string(std::string_view(value.get_string()));
}

std::optional<std::int64_t> optional_integer(json::value value) {
    if (value.is_null()) return std::nullopt;
    return std::int64_t{value.get_int64()};
}

std::optional<std::uint64_t> optional_count(json::value value) {
    if (value.is_null()) return std::nullopt;
    return std::uint64_t{value.get_uint64()};
}

std::uint32_t crc_of(json::value value) {
    const std::uint64_t crc = value.get_uint64();
    if (crc > std::numeric_limits<std::uint32_t>::max()) throw_odd("a checksum of more than 32 bits");
    return static_cast<std::uint32_t>(crc);
}

std::uint64_t added(std::uint64_t sum, std::uint64_t more) {
    // A hostile manifest could wrap the sums round to figures that look right.
    if (more > std::numeric_limits<std::int64_t>::max() - sum) throw_odd("sizes that no file can have");
    return sum + more;
}

// Walks over all members of an object, so that the whole text is checked, and wants each of the `wanted` ones
// once. `take(index of the wanted member, value)`.
template <typename Take>
void for_members(json::object object, std::initializer_list<std::string_view> wanted, Take&& take) {
    std::uint64_t seen = 0;
    for (auto field : object) {
        const std::string_view key = field.unescaped_key();
        json::value value = field.value();
        std::size_t index = 0;
        while (index < wanted.size() && wanted.begin()[index] != key) ++index;
        if (index == wanted.size()) continue;
        if ((seen >> index & 1U) != 0) throw_odd(fmt::format("member \"{}\" stands there twice", key));
        seen |= std::uint64_t{1} << index;
        take(index, value);
    }
    for (std::size_t index = 0; index < wanted.size(); ++index) {
        if ((seen >> index & 1U) == 0)
            throw_odd(fmt::format("member \"{}\" is missing", wanted.begin()[index]));
    }
}

ChunkRecord parse_chunk(json::array triple) {
    std::array<std::uint64_t, 3> numbers{};
    std::size_t count = 0;
    for (auto number : triple) {
        if (count == numbers.size()) throw_odd("a chunk is not a list of three numbers");
        json::value value = number.value();
        numbers[count++] = value.get_uint64();
    }
    if (count != numbers.size()) throw_odd("a chunk is not a list of three numbers");
    if (numbers[1] > k_max_raw_chunk || numbers[2] > std::numeric_limits<std::uint32_t>::max()) {
        throw_odd("a chunk is larger than any may be");
    }
    return {.compressed_size = numbers[0],
            .raw_size = numbers[1],
            .crc32 = static_cast<std::uint32_t>(numbers[2])};
}

void check_sums(const EntryRecord& entry) {
    std::uint64_t compressed = 0;
    std::uint64_t raw = 0;
    for (const ChunkRecord& chunk : entry.chunks) {
        compressed = added(compressed, chunk.compressed_size);
        raw = added(raw, chunk.raw_size);
    }
    if (compressed != entry.compressed_size || raw != entry.size) {
        throw_odd(fmt::format("the chunks of \"{}\" do not add up to its size", entry.name));
    }
}

EntryRecord parse_entry(json::object object) {
    EntryRecord entry;
    for_members(object,
                {"name", "device", "method", "size", "compressed_size", "crc32", "elements", "chunks"},
                [&](std::size_t member, json::value value) {
                    switch (member) {
                        case 0: entry.name = text_of(value); break;
                        case 1: entry.device = optional_integer(value); break;
                        case 2: {
                            const auto method = compression_named(text_of(value));
                            if (!method) throw_odd("an entry with an unknown compression method");
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

AnomalyRecord parse_anomaly(json::object object) {
    AnomalyRecord anomaly;
    for_members(object, {"device", "kind", "count", "first_event"},
                [&](std::size_t member, json::value value) {
                    switch (member) {
                        case 0: anomaly.device = optional_integer(value); break;
                        case 1: anomaly.kind = text_of(value); break;
                        case 2: anomaly.count = value.get_int64(); break;
                        default: anomaly.first_event = optional_integer(value);
                    }
                });
    return anomaly;
}

void parse_source(json::object object, Manifest& manifest) {
    for_members(object, {"name", "bytes", "kind"}, [&](std::size_t member, json::value value) {
        switch (member) {
            case 0: manifest.source_name = text_of(value); break;
            case 1: manifest.source_bytes = value.get_uint64(); break;
            default: manifest.source_kind = text_of(value);
        }
    });
}

timeline::Preexisting parse_preexisting(json::value value) {
    const std::string text = text_of(value);
    if (text == "all") return timeline::Preexisting::all;
    if (text != "freed") throw_odd("\"preexisting\" is neither \"all\" nor \"freed\"");
    return timeline::Preexisting::freed;
}

// Looked at as soon as it is read, which is first: a newer format may have changed every other member.
std::int64_t parse_version(json::value value) {
    const std::int64_t version = value.get_int64();
    if (version == Manifest::k_format_version) return version;
    if (version < Manifest::k_format_version)
        throw_odd(fmt::format("format version {} never existed", version));
    throw newer_format(version);
}

void parse_labels(json::object object, Manifest& manifest) {
    for (auto field : object) {
        std::string key(std::string_view(field.unescaped_key()));
        manifest.labels.insert_or_assign(std::move(key), text_of(field.value()));
    }
}

void take_member(Manifest& manifest, std::size_t member, json::value value) {
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

void check_names(const std::vector<EntryRecord>& entries) {
    std::set<std::string_view> seen;
    for (const EntryRecord& entry : entries) {
        if (!seen.insert(entry.name).second)
            throw_odd(fmt::format("entry \"{}\" stands there twice", entry.name));
    }
}

Manifest parse_document(std::string_view text) {
    Manifest manifest;
    json::parser parser;
    const simdjson::padded_string padded(text);
    json::document document = parser.iterate(padded);
    for_members(document.get_object(),
                {"format_version", "snapq_version", "source", "labels", "rank", "preexisting",
                 "timeline_exact", "devices", "viewer_device", "entries", "anomalies"},
                [&](std::size_t member, json::value value) { take_member(manifest, member, value); });
    // Out of bounds is where a document that has been read completely stands.
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
        throw_odd("text after the end of the object");
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
        throw_odd(error.what());
    }
}

}  // namespace snapq::archive
