// The entries of an archive, and manifest.json, the entry that describes the others: where the archive comes
// from, where its chunks lie, and which anomalies its input has. docs/archive-format.md lists the members.
//
// The manifest is written last, because the seek points are only known then, and it is read first.
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

// The names of entries are public: SnapViewer and the scripts of users rely on them.
inline constexpr std::string_view k_timeline_entry = "allocations.json";  // of the viewer device
inline constexpr std::string_view k_database_entry = "elements.db";

// "allocations.json" for the viewer device, "allocations.deviceN.json" or "allocations.host.json" for the
// others.
[[nodiscard]] std::string timeline_entry(std::int64_t device, std::int64_t viewer_device);

// The largest manifest.json that is read, in bytes. A chunk of 256 KiB takes about 25 bytes in it, so this is
// enough for 600 GB of raw bytes.
inline constexpr std::uint64_t k_largest_manifest = std::uint64_t{64} << 20;

// Whether snapq writes an entry of this name.
[[nodiscard]] bool is_entry_name(std::string_view name);

struct ChunkRecord {
    std::uint64_t compressed_size = 0;  // bytes
    std::uint64_t raw_size = 0;         // bytes; 0 for the chunk that ends a deflate stream
    std::uint32_t crc32 = 0;            // of the raw bytes

    friend bool operator==(const ChunkRecord&, const ChunkRecord&) = default;
};

struct ManifestEntry {
    std::string name;                    // in the archive; never to be used as a path
    std::optional<std::int64_t> device;  // of a timeline; empty for the database
    zip::Compression method = zip::Compression::store;
    std::uint64_t size = 0;  // raw bytes
    std::uint64_t compressed_size = 0;
    std::uint32_t crc32 = 0;                // of the raw bytes
    std::optional<std::uint64_t> elements;  // of a timeline
    std::vector<ChunkRecord> chunks;        // without gaps: their sizes add up to the two sizes above

    friend bool operator==(const ManifestEntry&, const ManifestEntry&) = default;
};

struct AnomalyRecord {
    std::optional<std::int64_t> device;  // empty: the file as a whole
    std::string kind;  // one of snapshot::k_anomaly_names, or a name that a later version adds
    std::int64_t count = 0;
    std::optional<std::int64_t> first_event;

    friend bool operator==(const AnomalyRecord&, const AnomalyRecord&) = default;
};

struct Manifest {
    static constexpr std::string_view k_entry_name = "manifest.json";
    static constexpr std::int64_t k_format_version = 1;

    std::int64_t format_version = k_format_version;
    std::string snapq_version;
    std::string source_name;         // base name of the input, or "stdin"
    std::uint64_t source_bytes = 0;  // as read, before anything is unpacked
    std::string source_kind;         // "pickle", "gzip+pickle", …
    // Where the snapshot is in the input's dicts and lists; empty for the whole input.
    std::string source_key;
    std::map<std::string, std::string> labels;
    std::optional<std::int64_t> rank;
    timeline::Preexisting preexisting = timeline::Preexisting::all;
    bool timeline_exact = true;  // false when an element was thinned out
    std::vector<std::int64_t> devices;
    std::int64_t viewer_device = 0;
    std::vector<ManifestEntry> entries;  // in the order of the archive, without manifest.json itself
    std::vector<AnomalyRecord> anomalies;

    friend bool operator==(const Manifest&, const Manifest&) = default;

    // Null when there is no such entry.
    [[nodiscard]] const ManifestEntry* entry(std::string_view name) const;
};

// As stored: "all", "freed".
[[nodiscard]] std::string_view name_of(timeline::Preexisting preexisting);

// The error for an archive whose format is above Manifest::k_format_version; it names no file.
[[nodiscard]] InputError newer_format(std::int64_t version);

// One JSON object; each entry and each anomaly begins on a line of its own.
[[nodiscard]] std::string manifest_text(const Manifest& manifest);

// Ignores members it does not know. Throws InputError when the text is not JSON, a member is missing or has
// another type or range, chunks do not add up to their entry, a chunk is larger than k_max_raw_chunk, or the
// format is newer than this reader.
[[nodiscard]] Manifest parse_manifest(std::string_view text);

}  // namespace snapq::archive
