// Facts about an archive as a file: its contents, its damage, and how it was made. Filled by archive and
// convert, printed by render. Sizes are in bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/untrusted_text.hpp"

namespace snapq::report {

struct ArchiveEntry {
    UntrustedText name;
    std::string method;  // "store", "deflate", "zstd", "method 12"
    std::uint64_t size = 0;
    std::uint64_t compressed_size = 0;
    // Only the manifest has the members below.
    std::optional<std::uint64_t> chunks;
    std::optional<std::uint64_t> elements;  // of a timeline
    std::optional<std::int64_t> device;     // of a timeline
};

struct ArchiveTable {
    UntrustedText name;
    bool is_view = false;
    std::optional<std::int64_t> rows;  // nullopt for a view, because counting its rows may take long
};

struct ArchiveAnomaly {
    std::optional<std::int64_t> device;  // nullopt: of the file as a whole
    UntrustedText kind;
    std::int64_t count = 0;
    std::optional<std::int64_t> first_event;
};

struct ArchiveManifest {
    std::int64_t format_version = 0;
    UntrustedText snapq_version;
    UntrustedText source_name;
    std::uint64_t source_bytes = 0;
    UntrustedText source_kind;
    std::map<UntrustedText, UntrustedText> labels;
    std::optional<std::int64_t> rank;
    UntrustedText preexisting;  // "all" or "freed"
    bool timeline_exact = true;
    std::vector<std::int64_t> devices;
    std::int64_t viewer_device = 0;
    std::vector<ArchiveAnomaly> anomalies;
};

struct ArchiveInfo {
    UntrustedText path;
    UntrustedText kind;                       // "snapq zip", "SnapViewer folder", "raw snapshot"
    std::uint64_t bytes = 0;                  // on disk
    std::optional<ArchiveManifest> manifest;  // SnapViewer's archives have none
    std::vector<ArchiveEntry> entries;
    std::vector<ArchiveTable> tables;  // in the order in which they were created
};

struct VerifyCheck {
    UntrustedText name;  // "container", "elements.db", "database", "timeline of device 0"
    bool ok = true;
    UntrustedText detail;  // "17 chunks, 4.5 MiB"; for a failed check the first finding
};

struct DamageFinding {
    UntrustedText entry;  // empty: the container as a whole
    // The offset in the file. For a timeline that contradicts its database, the offset in its uncompressed
    // text.
    std::optional<std::uint64_t> offset;
    UntrustedText message;
    // True: this is no damage, but snapq refuses to query the database, because of its schema or because it
    // would take too much work. Its bytes were only checked where there are checksums.
    bool is_refused = false;
};

struct VerifyReport {
    std::vector<VerifyCheck> checks;
    std::vector<DamageFinding> damage;  // the first k_most_findings of each check

    static constexpr std::size_t k_most_findings = 20;

    [[nodiscard]] bool ok() const { return damage.empty(); }
};

struct PhaseReport {
    std::string name;  // decode, replay, then write, or estimate in a dry run
    double wall_seconds = 0;
    double cpu_seconds = 0;  // of all threads
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t rss_bytes = 0;   // VmRSS at the end of the phase
    std::uint64_t peak_bytes = 0;  // VmHWM so far
};

// Sizes are in bytes. In a dry run, output_bytes, timeline_bytes and database_bytes are estimates.
struct ConvertReport {
    UntrustedText input;
    UntrustedText output;  // empty in a dry run
    // True: nothing was converted, because the archive is up to date. Only `input`, `output` and `key` are
    // set then.
    bool kept = false;
    // The key of the snapshot in the input's dicts and lists, such as "rank0"; empty if it is the whole
    // input.
    UntrustedText key;
    std::uint64_t input_bytes = 0;
    std::uint64_t output_bytes = 0;
    std::uint64_t timeline_bytes = 0;  // JSON text before compression
    std::uint64_t database_bytes = 0;  // elements.db before compression
    std::uint64_t devices = 0;
    std::uint64_t events = 0;
    std::uint64_t allocations = 0;
    std::uint64_t stacks = 0;
    std::uint64_t points = 0;
    std::vector<PhaseReport> phases;
    std::vector<UntrustedText> warnings;  // one sentence each
};

// "3 frees were requested but their completion is missing". `kind`: a name of snapshot::k_anomaly_names, or
// one of a later version, which is printable. `count` is at least 1.
[[nodiscard]] std::string anomaly_text(std::string_view kind, std::int64_t count);

}  // namespace snapq::report
