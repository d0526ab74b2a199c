// Writes an archive: builds the database and renders the timelines, and compresses them in several threads.
// Or estimates its size without writing it (`--dry-run`).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "archive/manifest.hpp"
#include "convert/converter.hpp"
#include "convert/device_timeline.hpp"
#include "io/output_directory.hpp"
#include "io/output_file.hpp"
#include "io/temporaries.hpp"
#include "snapshot/model.hpp"

namespace snapq::convert {

struct SourceFacts {
    std::string name;  // base name, or "stdin"
    std::uint64_t bytes = 0;
    std::string kind;  // "pickle", "gzip+pickle", …
    std::string key;   // of the snapshot in the input, such as "rank0"; empty for the whole input
};

struct BuiltArchive {
    std::uint64_t bytes = 0;           // of the zip, or of all files of the directory
    std::uint64_t timeline_bytes = 0;  // JSON text of all devices
    std::uint64_t database_bytes = 0;
    // The number of texts that were cut for this archive, without those cut while the snapshot was decoded.
    std::int64_t cut_texts = 0;
};

// The output of a conversion. The constructor throws UsageError when the output exists and may not be
// replaced, so the user learns it before any work is done.
class ArchiveTarget {
public:
    ArchiveTarget(const std::string& output, const ConvertOptions& options);
    // A zip in an unnamed file, which the caller owns.
    explicit ArchiveTarget(const io::TempFile& file);

    // Writes the archive under a temporary name and renames it, unless it has no name. Throws SystemError,
    // and then no archive exists.
    BuiltArchive write(const snapshot::Snapshot& snapshot,
                       const std::vector<std::unique_ptr<DeviceTimeline>>& devices, const SourceFacts& source,
                       const ConvertOptions& options, const Progress& progress);

private:
    std::string m_output;                              // for messages
    std::unique_ptr<io::OutputFile> m_file;            // layout zip
    std::unique_ptr<io::OutputDirectory> m_directory;  // layout directory
    const io::TempFile* m_unnamed = nullptr;
};

struct SizeEstimate {
    std::uint64_t timeline_bytes = 0;
    std::uint64_t database_bytes = 0;
    std::uint64_t archive_bytes = 0;
};

// All sizes in bytes. The timeline is estimated from a sample of its shards, which is rendered and
// compressed, and the database from the numbers of its rows.
[[nodiscard]] SizeEstimate estimate_sizes(const snapshot::Snapshot& snapshot,
                                          const std::vector<std::unique_ptr<DeviceTimeline>>& devices,
                                          const ConvertOptions& options);

}  // namespace snapq::convert
