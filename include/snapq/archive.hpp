// An open archive: what it is and what it contains. Queries, summaries and comparisons take one.
//
//     const snapq::Archive archive("run.zip");
//     for (const std::int64_t device : archive.devices()) std::cout << device << '\n';
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "snapq/convert.hpp"

namespace snapq {

// The device number of pinned host memory, which snapq treats as a device of its own. Accelerators are
// numbered from 0.
inline constexpr std::int64_t host_device = -1;

enum class ArchiveKind : std::uint8_t {
    snapq_zip,
    snapq_directory,
    snapviewer_zip,  // made by SnapViewer's converter, which knows less: a table `allocs`, no devices, no
                     // manifest
    snapviewer_directory,
};

// A file inside the archive. Later versions add members at the end only.
struct ArchiveEntry {
    std::string name{};    // from the archive: do not use it as a path
    std::string method{};  // "store", "deflate", "zstd"; "method N" for any other
    std::uint64_t bytes = 0;
    std::uint64_t compressed_bytes = 0;
};

// An inconsistency that the conversion found in the snapshot, such as an event that cannot have happened.
// Later versions add members at the end only.
struct Anomaly {
    std::optional<std::int64_t> device{};  // empty: of the snapshot as a whole
    std::string kind{};                    // the kinds are listed in docs/snapshots.md
    std::int64_t count = 0;
    std::optional<std::int64_t> first_event{};  // index in the trace of the device
};

// What the conversion wrote about itself. Later versions add members at the end only.
struct Manifest {
    std::int64_t format_version = 0;
    std::string snapq_version{};  // of the snapq that made the archive
    std::string source_name{};    // file name of the snapshot without directories, or "stdin"
    std::uint64_t source_bytes = 0;
    std::string source_kind{};  // "pickle", "gzip+pickle" and others
    std::map<std::string, std::string> labels{};
    std::optional<std::int64_t> rank{};
    Preexisting preexisting = Preexisting::all;
    bool timeline_exact = true;  // false: the timeline was thinned out
    std::vector<std::int64_t> devices{};
    std::int64_t viewer_device = 0;  // the device whose timeline is in allocations.json
    std::vector<Anomaly> anomalies{};
};

// A zip file or a directory made by snapq or by SnapViewer's converter, or a directory that `snapq extract`
// wrote.
//
// Can be moved, not copied. Several threads may call const members at once. A moved-from Archive can be
// destroyed and assigned to; everything else throws UsageError.
class Archive {
public:
    // Keeps the file open. Reads the manifest; the database is read when it is queried.
    // Throws InputError for a file that is missing, unreadable, damaged, of a newer format, or not an
    // archive. A snapshot is not an archive: convert it first.
    explicit Archive(const std::filesystem::path& path);
    Archive(Archive&&) noexcept;
    Archive& operator=(Archive&&) noexcept;
    ~Archive();

    [[nodiscard]] std::filesystem::path path() const;  // as given
    [[nodiscard]] ArchiveKind kind() const;
    // Empty for an archive of SnapViewer's converter and for what `snapq extract` wrote.
    [[nodiscard]] std::optional<Manifest> manifest() const;
    // The numbers of the devices: accelerators in ascending order, then host_device. For an archive of
    // SnapViewer's converter, which does not record its device: 0. Throws InputError for a damaged database.
    [[nodiscard]] std::vector<std::int64_t> devices() const;
    // In the order of the archive.
    [[nodiscard]] std::vector<ArchiveEntry> entries() const;
    // Whether the database has a table or a view of this name. Throws InputError for a damaged database.
    [[nodiscard]] bool has_table(std::string_view name) const;

private:
    friend struct ArchiveAccess;
    struct Impl;
    std::shared_ptr<const Impl> m_impl;
};

}  // namespace snapq
