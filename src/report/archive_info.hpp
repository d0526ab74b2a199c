// What an archive contains. Filled by archive, printed by render. Sizes are in bytes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/untrusted_text.hpp"

namespace snapq::report {

struct ArchiveEntry {
    UntrustedText name;
    std::string method;  // "store", "deflate", "zstd", "method 12"
    std::uint64_t size = 0;
    std::uint64_t compressed_size = 0;
    // The rest is known from the manifest only.
    std::optional<std::uint64_t> chunks;
    std::optional<std::uint64_t> elements;  // of a timeline
    std::optional<std::int64_t> device;     // of a timeline
};

struct ArchiveTable {
    UntrustedText name;
    bool is_view = false;
    std::optional<std::int64_t> rows;  // of tables only: counting the rows of a view may take long
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

}  // namespace snapq::report
