#include "archive/database_builder.hpp"

#include <fmt/format.h>

#include "archive/schema.hpp"
#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/file_vfs.hpp"
#include "archive/tables/tables.hpp"

namespace snapq::archive {
namespace {

// The file is nameless, nobody else opens it, and it is thrown away unless the whole archive succeeds. So
// there is nothing a journal could roll back to, nothing a sync could save from a power failure, and nobody
// to lock out. The cache holds the path from the root to where rows are appended many times over: 4 MiB are
// 256 pages, and more made nothing faster. Temporary tables and sorters are not used; should one be, memory
// is the place, as the file system of one descriptor has no second file to offer.
std::string settings_sql() {
    return fmt::format(
        "PRAGMA page_size={}; PRAGMA encoding='UTF-8'; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-4096; PRAGMA temp_store=MEMORY;"
        "PRAGMA application_id={}; PRAGMA user_version={};",
        k_page_size, k_application_id, k_schema_version);
}

AnomalyRecord record_of(const snapshot::AnomalyCount& anomaly) {
    return {.device = anomaly.device,
            .kind = std::string(snapshot::k_anomaly_names[static_cast<std::size_t>(anomaly.kind)]),
            .count = anomaly.count,
            .first_event = anomaly.first_event};
}

}  // namespace

void build_database(int fd, const DatabaseContents& contents) {
    sqlite::Connection connection(sqlite::name_of_descriptor(fd), sqlite::OpenMode::create,
                                  sqlite::file_vfs());
    connection.execute(settings_sql());
    connection.execute("BEGIN");
    connection.execute(std::string(schema_sql()));
    // Small and often asked for first, so that it shares a few chunks of the archive; the long tables last.
    tables::write_manifest_tables(connection, contents.manifest);
    tables::write_precomputed_tables(connection, contents);
    tables::write_side_tables(connection, contents.snapshot);
    tables::write_stack_tables(connection, contents);
    tables::StringTable strings(contents.snapshot.symbols);
    tables::write_allocations(connection, contents, strings);
    tables::write_other_events(connection, contents, strings);
    tables::write_segments(connection, contents.snapshot, strings);
    strings.write(connection);
    connection.execute("COMMIT");
}

std::vector<AnomalyRecord> anomaly_records(const snapshot::Snapshot& snapshot,
                                           std::span<const timeline::Replay* const> devices) {
    std::vector<AnomalyRecord> records;
    for (const auto& anomaly : snapshot.anomalies) records.push_back(record_of(anomaly));
    for (const timeline::Replay* device : devices) {
        for (const auto& anomaly : device->anomalies) records.push_back(record_of(anomaly));
    }
    return records;
}

}  // namespace snapq::archive
