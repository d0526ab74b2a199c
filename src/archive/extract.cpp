#include "archive/extract.hpp"

#include <fmt/ranges.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/hardening.hpp"
#include "archive/sqlite/vfs.hpp"
#include "archive/tables/accepted_schema.hpp"
#include "io/output_file.hpp"
#include "io/output_path.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"

namespace snapq::archive {
namespace {

void copy(ByteSource& from, ByteSink& to) {
    std::vector<char> buffer(std::size_t{256} << 10);
    while (const std::size_t count = from.read(buffer)) to.write({buffer.data(), count});
}

// The name of the entry with the timeline of a device, empty for a device without elements.
std::string timeline_of(const ArchiveReader& archive, std::int64_t device, std::int64_t viewer) {
    std::string entry = timeline_entry(device, viewer);
    if (archive.has_entry(entry)) return entry;
    Database database = archive.open_database();
    Query known = database.prepare("SELECT allocation_count FROM devices WHERE device = ?1");
    known.bind(1, device);
    if (known.next()) {
        if (known.integer(0) == 0) return {};
        throw InputError(archive.path(), fmt::format("has no entry {}", entry));
    }
    std::vector<std::string> names;
    Query all = database.prepare("SELECT device FROM devices ORDER BY device < 0, device");
    while (all.next()) names.push_back(device_name(all.integer(0)));
    throw_usage("{} has no device {}; it has {}", archive.path(), device_name(device),
                fmt::join(names, ", "));
}

// SQLite can write such a database only with a second file beside it.
void refuse_write_ahead_log(int descriptor) {
    // Offset in the header of the write and the read version; 2 means a write-ahead log.
    constexpr off_t k_versions = 18;
    std::array<char, 2> versions{};
    const ssize_t count = ::pread(descriptor, versions.data(), versions.size(), k_versions);
    if (count != static_cast<ssize_t>(versions.size()) || (versions[0] != 2 && versions[1] != 2)) return;
    throw InputError("uses a write-ahead log (journal_mode WAL), so its viewer device cannot be changed")
        .with_hint("sqlite3 elements.db 'PRAGMA journal_mode=DELETE' ends that");
}

// Checks the schema again, because the file may have been changed since its schema was accepted.
void set_viewer_device(int descriptor, std::int64_t device) {
    refuse_write_ahead_log(descriptor);
    sqlite::Connection database(sqlite::name_of_descriptor(descriptor), sqlite::OpenMode::create,
                                sqlite::descriptor_vfs());
    sqlite::restrict(database.handle());
    // descriptor_vfs has no file for a journal.
    database.execute("PRAGMA journal_mode=MEMORY");
    tables::check_schema(database.handle());
    sqlite::Statement update = database.prepare("UPDATE meta SET value = ?1 WHERE key = 'viewer_device'");
    update.bind(1, device);
    static_cast<void>(update.step());
}

}  // namespace

std::vector<std::string> extract_archive(const ArchiveReader& archive, const std::string& directory,
                                         const ExtractOptions& options) {
    std::string timeline(k_timeline_entry);
    std::optional<std::int64_t> new_viewer;
    if (options.device) {
        if (is_snapviewer(archive.kind()))
            throw_usage("{} was made by SnapViewer and has no devices to choose from", archive.path());
        const std::int64_t viewer = with_own_sql(archive.path(), [&] {
            return archive.open_database().integer("SELECT value FROM meta WHERE key = 'viewer_device'");
        });
        timeline =
            with_own_sql(archive.path(), [&] { return timeline_of(archive, *options.device, viewer); });
        if (*options.device != viewer) new_viewer = options.device;
    }

    io::TargetDirectory target(directory);
    io::OutputFile json(target, std::string(k_timeline_entry), options.force);
    io::OutputFile database(target, std::string(k_database_entry), options.force);
    if (timeline.empty()) {
        json.write("[]\n");
    } else {
        copy(*archive.entry(timeline), json);
    }
    copy(*archive.entry(k_database_entry), database);
    if (new_viewer) {
        const std::string name = fmt::format("{}: {}", archive.path(), k_database_entry);
        try {
            set_viewer_device(database.fd(), *new_viewer);
        } catch (const UsageError& error) {  // snapq did not write table meta
            throw InputError(name, error.what());
        } catch (const InputError& error) {
            throw error.in_file(name);
        }
    }

    io::OutputFile::commit_together(json, database);
    target.keep();
    return {json.target(), database.target()};
}

}  // namespace snapq::archive
