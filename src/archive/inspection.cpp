#include "archive/inspection.hpp"

#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <utility>

#include "archive/archive_reader.hpp"
#include "archive/container.hpp"
#include "archive/timeline_scanner.hpp"
#include "snapshot/model.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

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
        const ManifestEntry* record =
            archive.manifest() ? archive.manifest()->entry(contained.name) : nullptr;
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

namespace {

using report::VerifyCheck;
using report::VerifyReport;

// The findings of one check while it runs.
class Check {
public:
    Check(VerifyReport& report, std::string name, std::string entry)
        : m_report(report),
          m_entry(std::move(entry)),
          m_check{.name = std::move(name), .ok = true, .detail = {}} {}
    Check(const Check&) = delete;
    Check& operator=(const Check&) = delete;
    ~Check() { m_report.checks.push_back(std::move(m_check)); }

    void add_finding(std::string message, std::optional<std::uint64_t> offset) {
        add({m_entry, offset, std::move(message)});
    }
    void add_finding(const InputError& error) { add_finding(error.message(), error.offset()); }
    void add_finding(const RefusedDatabase& error) {
        add({std::string(k_database_entry), std::nullopt, error.message(), true});
    }
    [[nodiscard]] bool full() const { return m_findings >= VerifyReport::k_most_findings; }
    [[nodiscard]] bool ok() const { return m_check.ok; }

    // Has no effect after a finding, because the finding is then the detail.
    void set_detail(std::string text) {
        if (m_check.ok) m_check.detail = std::move(text);
    }

    // Runs a step. An InputError ends it and becomes a finding; so does a database that snapq refuses.
    void guarded(const std::function<void()>& step) {
        try {
            with_own_sql({}, step);
        } catch (const RefusedDatabase& error) {
            add_finding(error);
        } catch (const InputError& error) {
            add_finding(error);
        }
    }

private:
    void add(report::DamageFinding finding) {
        if (m_check.ok) m_check.detail = finding.message;
        m_check.ok = false;
        if (m_findings++ < VerifyReport::k_most_findings) m_report.damage.push_back(std::move(finding));
    }

    VerifyReport& m_report;
    std::string m_entry;
    VerifyCheck m_check;
    std::size_t m_findings = 0;
};

// Reads the entry chunk by chunk, as snapq does. Continues after a damaged chunk.
void check_chunks(Check& check, const Container& container, const ManifestEntry& record) {
    const auto chunks = container.chunks(record);
    std::uint32_t crc = 0;
    for (std::size_t i = 0; i < chunks->chunk_count() && !check.full(); ++i) {
        check.guarded([&] { static_cast<void>(chunks->unpack(i)); });
        crc = static_cast<std::uint32_t>(
            ::crc32_combine(crc, chunks->crc32_of(i), static_cast<z_off_t>(chunks->raw_size_of(i))));
    }
    if (check.ok() && crc != record.crc32) {
        check.add_finding(record.name + ": the checksum of the entry does not match its chunks",
                          chunks->offset_of(0));
    }
    check.set_detail(fmt::format("{}, {}", counted(static_cast<std::int64_t>(chunks->chunk_count()), "chunk"),
                                 format_size(static_cast<std::int64_t>(chunks->size()))));
}

// Reads the entry from the first to the last byte, as other programs do.
void check_stream(Check& check, const Container& container, const ContainedEntry& entry) {
    check.guarded([&] {
        const auto stream = container.open_as_stream(entry.name);
        std::vector<char> buffer(std::size_t{64} << 10);
        while (stream->read(buffer) != 0) {
        }
    });
}

// Checks an entry. Returns whether its bytes are undamaged.
bool check_entry(VerifyReport& report, const Container& container, const ContainedEntry& entry) {
    Check check(report, zip::printable_name(entry.name), entry.name);
    const ManifestEntry* record = container.manifest() ? container.manifest()->entry(entry.name) : nullptr;
    check.set_detail(format_size(static_cast<std::int64_t>(entry.size)));
    if (record != nullptr) check.guarded([&] { check_chunks(check, container, *record); });
    if (check.ok()) check_stream(check, container, entry);
    return check.ok();
}

// Opens the database, from which all further checks read: so the limits on work are for all of them together.
// nullopt, with a finding, when it is damaged or not accepted.
std::optional<Database> check_database(VerifyReport& report, const ArchiveReader& archive) {
    Check check(report, "database", std::string(k_database_entry));
    std::optional<Database> database;
    check.guarded([&] {
        database.emplace(archive.open_database());
        Query query =
            database->prepare(fmt::format("PRAGMA integrity_check({})", VerifyReport::k_most_findings));
        // Findings are added at the end, because a page that cannot be read throws an InputError with its
        // offset then.
        std::vector<std::string> findings;
        while (query.next()) findings.emplace_back(query.text(0));
        for (std::string& finding : findings) {
            if (finding != "ok") check.add_finding(std::move(finding), std::nullopt);
        }
    });
    check.set_detail("SQLite's integrity check passed");
    if (!check.ok()) database.reset();
    return database;
}

// Compares the elements of a timeline with the rows (size, first and last timestep) of a query.
void compare(Check& check, ByteSource& text, Query& rows) {
    TimelineScanner scanner(text);
    std::int64_t idx = 0;
    for (;; ++idx) {
        const std::optional<ScannedElement> element = scanner.next();
        const bool row = rows.next();
        if (!element && !row) break;
        if (!element)
            return check.add_finding(fmt::format("ends after {} elements, but the database has more", idx),
                                     std::nullopt);
        if (!row)
            return check.add_finding(fmt::format("has more elements than the database, which has {}", idx),
                                     element->offset);
        if (rows.integer(0) == element->size && rows.integer(1) == element->first_timestep &&
            rows.integer(2) == element->last_timestep) {
            continue;
        }
        check.add_finding(
            fmt::format("element {} is {} bytes in timesteps {} to {}; the database says {} bytes, {} to {}",
                        idx, element->size, element->first_timestep, element->last_timestep, rows.integer(0),
                        rows.integer(1), rows.integer(2)),
            element->offset);
        if (check.full()) return;
    }
    check.set_detail(counted(idx, "element"));
}

void check_timeline(VerifyReport& report, const ArchiveReader& archive, Database& database,
                    const std::string& name, const std::string& entry, const std::string& sql) {
    Check check(report, name, entry);
    check.guarded([&] {
        Query rows = database.prepare(sql);
        compare(check, *archive.entry(entry), rows);
    });
}

struct Devices {
    std::int64_t viewer = 0;
    std::vector<std::int64_t> with_elements;
};

// nullopt, with a finding, when the database does not have the tables.
std::optional<Devices> read_devices(VerifyReport& report, Database& database) {
    Check check(report, "devices", std::string(k_database_entry));
    Devices devices;
    check.guarded([&] {
        devices.viewer = database.integer("SELECT value FROM meta WHERE key = 'viewer_device'");
        Query query = database.prepare("SELECT DISTINCT device FROM allocations ORDER BY device < 0, device");
        while (query.next()) {
            if (devices.with_elements.size() == snapshot::k_most_devices) {
                throw InputError(fmt::format("more than {} devices have elements", snapshot::k_most_devices));
            }
            devices.with_elements.push_back(query.integer(0));
        }
    });
    check.set_detail(fmt::format("{} with elements, viewer device {}", devices.with_elements.size(),
                                 device_name(devices.viewer)));
    if (!check.ok()) return std::nullopt;
    return devices;
}

// Each device with elements must have a timeline, and the viewer device must have one even without elements.
void check_timelines(VerifyReport& report, const ArchiveReader& archive, Database& database) {
    if (is_snapviewer(archive.kind())) {
        return check_timeline(report, archive, database, "timeline", std::string(k_timeline_entry),
                              "SELECT size, start_time, end_time FROM allocs ORDER BY idx");
    }
    std::optional<Devices> devices = read_devices(report, database);
    if (!devices) return;
    if (std::ranges::find(devices->with_elements, devices->viewer) == devices->with_elements.end()) {
        devices->with_elements.push_back(devices->viewer);
    }
    for (const std::int64_t device : devices->with_elements) {
        const std::string entry = timeline_entry(device, devices->viewer);
        // A directory of `extract` has only the timeline of the viewer device.
        if (!archive.manifest() && !archive.has_entry(entry) && device != devices->viewer) continue;
        check_timeline(
            report, archive, database, "timeline of " + device_label(device), entry,
            fmt::format(
                "SELECT size, start_timestep, end_timestep FROM allocations WHERE device = {} ORDER BY idx",
                device));
    }
}

// Moves the name of the entry, which open_archive appends to the file name, to the message, because findings
// do not repeat the file name.
ArchiveReader opened(const std::string& path) {
    try {
        return open_archive(path);
    } catch (const RefusedDatabase&) {
        throw;
    } catch (const InputError& error) {
        const std::string file = path + ": ";
        if (!error.file().starts_with(file)) throw;
        throw InputError(path, error.file().substr(file.size()) + ": " + error.message(), error.offset());
    }
}

std::optional<ArchiveReader> check_container(VerifyReport& report, const std::string& path) {
    Check check(report, "container", {});
    std::optional<ArchiveReader> archive;
    check.guarded([&] { archive = opened(path); });
    if (archive && archive->kind() == ArchiveKind::raw_snapshot) {
        // Thrown outside of guarded(), because a file that is not an archive is not a damaged archive.
        throw InputError(path, "is not a snapq archive, so there is nothing to verify");
    }
    if (archive)
        check.set_detail(
            fmt::format("{}, {}", name_of(archive->kind()),
                        counted(static_cast<std::int64_t>(archive->entries().size()), "entry", "entries")));
    return archive;
}

}  // namespace

report::VerifyReport verify_archive(const std::string& path) {
    std::error_code failure;
    const bool is_there = std::filesystem::exists(path, failure);
    if (failure) throw InputError(path, "cannot be opened: " + failure.message());
    if (!is_there) throw InputError(path, "does not exist");
    VerifyReport report;
    const std::optional<ArchiveReader> archive = check_container(report, path);
    if (!archive) return report;
    bool readable = true;
    for (const ContainedEntry& entry : archive->entries()) {
        readable = check_entry(report, archive->container(), entry) && readable;
    }
    // SQLite would report the damaged bytes a second time.
    if (!readable) return report;
    std::optional<Database> database = check_database(report, *archive);
    if (database) check_timelines(report, *archive, *database);
    return report;
}

}  // namespace snapq::archive
