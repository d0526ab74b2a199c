#include <utility>

#include "api/report_values.hpp"
#include "archive/chunks/chunk_codec.hpp"
#include "snapq/archive.hpp"
#include "snapq/version.hpp"
#include "support/error.hpp"
#include "support/version.hpp"

namespace snapq {
namespace {

ArchiveKind public_kind(archive::ArchiveKind kind) {
    switch (kind) {
        case archive::ArchiveKind::snapq_zip: return ArchiveKind::snapq_zip;
        case archive::ArchiveKind::snapq_directory: return ArchiveKind::snapq_directory;
        case archive::ArchiveKind::snapviewer_zip: return ArchiveKind::snapviewer_zip;
        case archive::ArchiveKind::snapviewer_directory: return ArchiveKind::snapviewer_directory;
        case archive::ArchiveKind::raw_snapshot: break;
    }
    throw UsageError("a snapshot is not an archive");
}

Manifest public_manifest(const archive::Manifest& from) {
    Manifest to;
    to.format_version = from.format_version;
    to.snapq_version = from.snapq_version;
    to.source_name = from.source_name;
    to.source_bytes = from.source_bytes;
    to.source_kind = from.source_kind;
    to.labels = from.labels;
    to.rank = from.rank;
    to.preexisting = from.preexisting == timeline::Preexisting::freed ? Preexisting::freed : Preexisting::all;
    to.timeline_exact = from.timeline_exact;
    to.devices = from.devices;
    to.viewer_device = from.viewer_device;
    for (const archive::AnomalyRecord& anomaly : from.anomalies) {
        to.anomalies.push_back({anomaly.device, anomaly.kind, anomaly.count, anomaly.first_event});
    }
    return to;
}

archive::ArchiveReader open_reader(const std::filesystem::path& path) {
    archive::ArchiveReader reader = archive::open_archive(path.string());
    if (reader.kind() == archive::ArchiveKind::raw_snapshot) {
        throw InputError(path.string(), "is not a snapq archive")
            .with_hint("a snapshot must be converted first: convert_snapshot(), or 'snapq convert'");
    }
    return reader;
}

}  // namespace

const archive::ArchiveReader& ArchiveAccess::reader(const Archive& archive) {
    if (!archive.m_impl) throw UsageError("this Archive was moved from");
    return archive.m_impl->reader;
}

std::shared_ptr<const archive::ArchiveReader> ArchiveAccess::shared_reader(const Archive& archive) {
    return {archive.m_impl, &reader(archive)};
}

Archive::Archive(const std::filesystem::path& path)
    : m_impl(std::make_shared<const Impl>(Impl{open_reader(path)})) {}
Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;
Archive::~Archive() = default;

std::filesystem::path Archive::path() const {
    return ArchiveAccess::reader(*this).path();
}

ArchiveKind Archive::kind() const {
    return public_kind(ArchiveAccess::reader(*this).kind());
}

std::optional<Manifest> Archive::manifest() const {
    const std::optional<archive::Manifest>& manifest = ArchiveAccess::reader(*this).manifest();
    return manifest ? std::optional(public_manifest(*manifest)) : std::nullopt;
}

std::vector<std::int64_t> Archive::devices() const {
    const archive::ArchiveReader& reader = ArchiveAccess::reader(*this);
    if (archive::is_snapviewer(reader.kind())) return {0};
    return archive::with_own_sql(reader.path(), [&] {
        archive::Database database = reader.open_database();
        archive::Query rows = database.prepare("SELECT device FROM devices ORDER BY device < 0, device");
        std::vector<std::int64_t> devices;
        while (rows.next()) devices.push_back(rows.integer(0));
        return devices;
    });
}

std::vector<ArchiveEntry> Archive::entries() const {
    std::vector<ArchiveEntry> entries;
    for (const archive::ContainedEntry& entry : ArchiveAccess::reader(*this).entries()) {
        entries.push_back({entry.name, entry.method, entry.size, entry.compressed_size});
    }
    return entries;
}

bool Archive::has_table(std::string_view name) const {
    const archive::ArchiveReader& reader = ArchiveAccess::reader(*this);
    return archive::with_own_sql(reader.path(), [&] { return reader.has_table(name); });
}

std::string_view version() noexcept {
    return program_version();
}

}  // namespace snapq
