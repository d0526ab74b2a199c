// The entry manifest.json: what an archive is, where its chunks lie, what was odd in its input. It is written
// last, because seek points are known last, and read first.
//
// Text: one JSON object, one entry a line. Members (fixed; later versions only add some, readers ignore
// unknown ones):
//   format_version     1; a reader refuses a larger one
//   snapq_version      "0.1.0"
//   source             {"name": base name or "stdin", "bytes": as read, "kind": "pickle", …}
//   labels             {"KEY": "VALUE", …}
//   rank               number or null
//   preexisting        "all" or "freed"
//   timeline_exact     false when elements were thinned out
//   devices            [0, …]
//   viewer_device      0
//   entries            all but manifest.json itself, in the order of the archive:
//                      {"name", "device" or null, "method": "store|deflate|zstd", "size": raw bytes,
//                       "compressed_size", "crc32" of the raw bytes, "elements": count or null,
//                       "chunks": [[compressed bytes, raw bytes, crc32 of the raw bytes], …]}
//                      Chunks lie one behind the other: sums of the first two members are the two sizes.
//   anomalies          [{"device": number or null, "kind", "count", "first_event": number or null}, …]
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/error.hpp"
#include "timeline/replay/elements.hpp"
#include "zip/chunk.hpp"

namespace snapq::archive {

struct ChunkRecord {
    std::uint64_t compressed_size = 0;  // bytes
    std::uint64_t raw_size = 0;         // bytes; 0 for what only ends a deflate stream
    std::uint32_t crc32 = 0;            // of the raw bytes

    friend bool operator==(const ChunkRecord&, const ChunkRecord&) = default;
};

struct EntryRecord {
    std::string name;                    // in the archive; never to be used as a path
    std::optional<std::int64_t> device;  // of a timeline; empty for the database
    zip::Compression method = zip::Compression::store;
    std::uint64_t size = 0;  // raw bytes
    std::uint64_t compressed_size = 0;
    std::uint32_t crc32 = 0;                // of the raw bytes
    std::optional<std::uint64_t> elements;  // of a timeline
    std::vector<ChunkRecord> chunks;

    friend bool operator==(const EntryRecord&, const EntryRecord&) = default;
};

struct AnomalyRecord {
    std::optional<std::int64_t> device;  // empty: of the file as a whole
    std::string kind;                    // one of snapshot::k_anomaly_names, or of a later version
    std::int64_t count = 0;
    std::optional<std::int64_t> first_event;

    friend bool operator==(const AnomalyRecord&, const AnomalyRecord&) = default;
};

struct Manifest {
    static constexpr std::string_view k_entry_name = "manifest.json";
    static constexpr std::int64_t k_format_version = 1;

    std::int64_t format_version = k_format_version;
    std::string snapq_version;
    std::string source_name;
    std::uint64_t source_bytes = 0;
    std::string source_kind;
    std::map<std::string, std::string> labels;
    std::optional<std::int64_t> rank;
    timeline::Preexisting preexisting = timeline::Preexisting::all;
    bool timeline_exact = true;
    std::vector<std::int64_t> devices;
    std::int64_t viewer_device = 0;
    std::vector<EntryRecord> entries;
    std::vector<AnomalyRecord> anomalies;

    friend bool operator==(const Manifest&, const Manifest&) = default;

    // Null when there is no such entry.
    [[nodiscard]] const EntryRecord* entry(std::string_view name) const;
};

// As stored: "all", "freed".
[[nodiscard]] std::string_view name_of(timeline::Preexisting preexisting);

// The error for an archive whose format is above Manifest::k_format_version; it names no file.
[[nodiscard]] InputError newer_format(std::int64_t version);

[[nodiscard]] std::string manifest_text(const Manifest& manifest);

// Throws InputError when the text is no JSON, a member is missing or of another type or range, chunks do not
// add up to their entry, a chunk is larger than k_max_raw_chunk, or the version is newer than this reader.
[[nodiscard]] Manifest parse_manifest(std::string_view text);

}  // namespace snapq::archive
