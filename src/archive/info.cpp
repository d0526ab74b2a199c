#include "archive/info.hpp"

#include <filesystem>
#include <utility>

namespace snapq::archive {
namespace {

std::int64_t rows_of(Database& database, const std::string& table) {
    if (table == "allocations" && database.has_table("devices")) {
        return database.integer("SELECT sum(allocation_count) FROM devices");
    }
    return database.integer("SELECT count(*) FROM " + quoted_name(table));
}

std::uint64_t bytes_on_disk(const ArchiveReader& archive) {
    std::error_code failure;
    if (const auto size = std::filesystem::file_size(archive.path(), failure); !failure) return size;
    std::uint64_t sum = 0;  // of a directory
    for (const ContainedEntry& entry : archive.entries()) sum += entry.size;
    return sum;
}

report::ArchiveManifest manifest_facts(const Manifest& manifest) {
    report::ArchiveManifest facts{.format_version = manifest.format_version,
                                  .snapq_version = manifest.snapq_version,
                                  .source_name = manifest.source_name,
                                  .source_bytes = manifest.source_bytes,
                                  .source_kind = manifest.source_kind,
                                  .labels = {manifest.labels.begin(), manifest.labels.end()},
                                  .rank = manifest.rank,
                                  .preexisting = std::string(name_of(manifest.preexisting)),
                                  .timeline_exact = manifest.timeline_exact,
                                  .devices = manifest.devices,
                                  .viewer_device = manifest.viewer_device,
                                  .anomalies = {}};
    for (const AnomalyRecord& each : manifest.anomalies) {
        facts.anomalies.push_back({each.device, each.kind, each.count, each.first_event});
    }
    return facts;
}

std::vector<report::ArchiveEntry> entry_list(const ArchiveReader& archive) {
    std::vector<report::ArchiveEntry> entries;
    for (const ContainedEntry& contained : archive.entries()) {
        report::ArchiveEntry& entry = entries.emplace_back();
        entry.name = contained.name;
        entry.method = contained.method;
        entry.size = contained.size;
        entry.compressed_size = contained.compressed_size;
        const EntryRecord* record = archive.manifest() ? archive.manifest()->entry(contained.name) : nullptr;
        if (record == nullptr) continue;
        entry.chunks = record->chunks.size();
        entry.elements = record->elements;
        entry.device = record->device;
    }
    return entries;
}

std::vector<report::ArchiveTable> table_list(Database& database) {
    std::vector<report::ArchiveTable> tables;
    Query query = database.prepare(
        "SELECT name, type = 'view' FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE "
        "'sqlite\\_%'"
        " ESCAPE '\\' ORDER BY rowid");
    while (query.next()) {
        tables.push_back({std::string(query.text(0)), query.integer(1) != 0, std::nullopt});
    }
    for (report::ArchiveTable& table : tables) {
        if (!table.is_view) table.rows = rows_of(database, table.name.raw());
    }
    return tables;
}

report::ArchiveInfo described(const ArchiveReader& archive) {
    report::ArchiveInfo info;
    info.path = archive.path();
    info.kind = name_of(archive.kind());
    info.bytes = bytes_on_disk(archive);
    if (archive.manifest()) info.manifest = manifest_facts(*archive.manifest());
    info.entries = entry_list(archive);
    Database database = archive.open_database();
    info.tables = table_list(database);
    return info;
}

}  // namespace

report::ArchiveInfo describe_archive(const ArchiveReader& archive) {
    return with_own_sql(archive.path(), [&] { return described(archive); });
}

}  // namespace snapq::archive
