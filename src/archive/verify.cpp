#include "archive/verify.hpp"

#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <utility>

#include "archive/archive_reader.hpp"
#include "archive/container.hpp"
#include "archive/timeline_scanner.hpp"
#include "snapshot/limits.hpp"
#include "support/error.hpp"
#include "support/sizes.hpp"

namespace snapq::archive {
namespace {

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

    void found(std::string message, std::optional<std::uint64_t> offset) {
        if (m_check.ok) m_check.detail = message;
        m_check.ok = false;
        if (m_findings++ < VerifyReport::k_most_findings) {
            m_report.damage.push_back({m_entry, offset, std::move(message)});
        }
    }
    void found(const InputError& error) { found(error.message(), error.offset()); }
    [[nodiscard]] bool full() const { return m_findings >= VerifyReport::k_most_findings; }
    [[nodiscard]] bool ok() const { return m_check.ok; }

    // Only what went well needs words.
    void detail(std::string text) {
        if (m_check.ok) m_check.detail = std::move(text);
    }

    // Runs a step; the InputError that ends it is a finding.
    void guarded(const std::function<void()>& step) {
        try {
            with_own_sql({}, step);
        } catch (const InputError& error) {
            found(error);
        }
    }

private:
    VerifyReport& m_report;
    std::string m_entry;
    VerifyCheck m_check;
    std::size_t m_findings = 0;
};

// Chunk by chunk, as snapq reads; goes on after damage.
void check_chunks(Check& check, const Container& container, const EntryRecord& record) {
    const auto chunks = container.chunks(record);
    std::uint32_t crc = 0;
    for (std::size_t i = 0; i < chunks->chunk_count() && !check.full(); ++i) {
        check.guarded([&] { static_cast<void>(chunks->unpack(i)); });
        crc = static_cast<std::uint32_t>(
            ::crc32_combine(crc, chunks->crc32_of(i), static_cast<z_off_t>(chunks->raw_size_of(i))));
    }
    if (check.ok() && crc != record.crc32) {
        check.found(record.name + ": its checksum is not that of its chunks", chunks->offset_of(0));
    }
    check.detail(fmt::format("{} chunks, {}", chunks->chunk_count(),
                             format_size(static_cast<std::int64_t>(chunks->size()))));
}

// From first to last, as every other program reads.
void check_stream(Check& check, const Container& container, const ContainedEntry& entry) {
    check.guarded([&] {
        const auto stream = container.open_as_stream(entry.name);
        std::vector<char> buffer(std::size_t{64} << 10);
        while (stream->read(buffer) != 0) {
        }
    });
}

// Whether the entry's bytes can be believed.
bool check_entry(VerifyReport& report, const Container& container, const ContainedEntry& entry) {
    Check check(report, zip::printable_name(entry.name), entry.name);
    const EntryRecord* record = container.manifest() ? container.manifest()->entry(entry.name) : nullptr;
    check.detail(format_size(static_cast<std::int64_t>(entry.size)));
    if (record != nullptr) check.guarded([&] { check_chunks(check, container, *record); });
    if (check.ok()) check_stream(check, container, entry);
    return check.ok();
}

bool check_database(VerifyReport& report, const ArchiveReader& archive) {
    Check check(report, "database", std::string(k_database_entry));
    check.guarded([&] {
        Database database = archive.open_database();
        Query query =
            database.prepare(fmt::format("PRAGMA integrity_check({})", VerifyReport::k_most_findings));
        // Told at the end: a page that could not be read is an error of its own then, with its place.
        std::vector<std::string> findings;
        while (query.next()) findings.emplace_back(query.text(0));
        for (std::string& finding : findings) {
            if (finding != "ok") check.found(std::move(finding), std::nullopt);
        }
    });
    check.detail("SQLite's integrity check passed");
    return check.ok();
}

// Compares the elements of a text with the rows (size, first and last timestep) of a query, both in order.
void compare(Check& check, ByteSource& text, Query& rows) {
    TimelineScanner scanner(text);
    std::int64_t idx = 0;
    for (;; ++idx) {
        const std::optional<ScannedElement> element = scanner.next();
        const bool row = rows.next();
        if (!element && !row) break;
        if (!element)
            return check.found(fmt::format("ends after {} elements; the database has more", idx),
                               std::nullopt);
        if (!row)
            return check.found(fmt::format("has more elements than the database, which has {}", idx),
                               element->offset);
        if (rows.integer(0) == element->size && rows.integer(1) == element->first_timestep &&
            rows.integer(2) == element->last_timestep) {
            continue;
        }
        check.found(
            fmt::format("element {} is {} bytes in timesteps {} to {}; the database says {} bytes, {} to {}",
                        idx, element->size, element->first_timestep, element->last_timestep, rows.integer(0),
                        rows.integer(1), rows.integer(2)),
            element->offset);
        if (check.full()) return;
    }
    check.detail(fmt::format("{} elements", format_count(idx)));
}

void check_timeline(VerifyReport& report, const ArchiveReader& archive, const std::string& name,
                    const std::string& entry, const std::string& sql) {
    Check check(report, name, entry);
    check.guarded([&] {
        Database database = archive.open_database();
        Query rows = database.prepare(sql);
        compare(check, *archive.entry(entry), rows);
    });
}

struct Devices {
    std::int64_t viewer = 0;
    std::vector<std::int64_t> with_elements;
};

// Nothing when the database does not have the tables, which is a finding.
std::optional<Devices> read_devices(VerifyReport& report, const ArchiveReader& archive) {
    Check check(report, "devices", std::string(k_database_entry));
    Devices devices;
    check.guarded([&] {
        Database database = archive.open_database();
        devices.viewer = database.integer("SELECT value FROM meta WHERE key = 'viewer_device'");
        Query query = database.prepare("SELECT DISTINCT device FROM allocations ORDER BY device");
        while (query.next()) {
            if (devices.with_elements.size() == snapshot::k_most_devices) {
                throw InputError(fmt::format("more than {} devices have elements", snapshot::k_most_devices));
            }
            devices.with_elements.push_back(query.integer(0));
        }
    });
    check.detail(
        fmt::format("{} with elements, viewer device {}", devices.with_elements.size(), devices.viewer));
    if (!check.ok()) return std::nullopt;
    return devices;
}

// Every device with elements has a timeline, and the viewer device in any case.
void check_timelines(VerifyReport& report, const ArchiveReader& archive) {
    if (is_snapviewer(archive.kind())) {
        return check_timeline(report, archive, "timeline", std::string(k_timeline_entry),
                              "SELECT size, start_time, end_time FROM allocs ORDER BY idx");
    }
    std::optional<Devices> devices = read_devices(report, archive);
    if (!devices) return;
    if (std::ranges::find(devices->with_elements, devices->viewer) == devices->with_elements.end()) {
        devices->with_elements.push_back(devices->viewer);
    }
    for (const std::int64_t device : devices->with_elements) {
        const std::string entry = timeline_entry(device, devices->viewer);
        // What `extract` leaves has the viewer device's timeline only.
        if (!archive.manifest() && !archive.has_entry(entry) && device != devices->viewer) continue;
        check_timeline(
            report, archive, fmt::format("timeline of device {}", device), entry,
            fmt::format(
                "SELECT size, start_timestep, end_timestep FROM allocations WHERE device = {} ORDER BY idx",
                device));
    }
}

// A finding is told without the file's name, but with that of the entry, which open_archive puts behind it.
ArchiveReader opened(const std::string& path) {
    try {
        return open_archive(path);
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
        // Thrown outside of the guard: what was never an archive is not a damaged one.
        throw InputError(path, "is no archive, so there is nothing to verify");
    }
    if (archive)
        check.detail(fmt::format("{}, {} entries", name_of(archive->kind()), archive->entries().size()));
    return archive;
}

}  // namespace

VerifyReport verify_archive(const std::string& path) {
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
    // Damaged bytes would only be found once more, below SQLite.
    if (!readable || !check_database(report, *archive)) return report;
    check_timelines(report, *archive);
    return report;
}

}  // namespace snapq::archive
