#include "archive/database_builder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "archive/sqlite/bulk_inserter.hpp"
#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/vfs.hpp"
#include "archive/tables/tables.hpp"
#include "io/file_descriptor.hpp"
#include "support/error.hpp"

namespace snapq::archive {
namespace {

// No journal, sync or lock is needed: no other process opens the file, and it is discarded unless the whole
// archive is complete. A cache of 4 MiB holds 256 pages, far more than the path from a root page to the page
// where rows are appended; a larger one was not faster. Temporary tables are not used. They would have to be
// in memory, because descriptor_vfs has only one file.
std::string settings_sql() {
    return fmt::format(
        "PRAGMA page_size={}; PRAGMA encoding='UTF-8'; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-4096; PRAGMA temp_store=MEMORY;"
        "PRAGMA application_id={}; PRAGMA user_version={};",
        tables::k_page_size, tables::k_application_id, tables::k_schema_version);
}

std::string_view name_of_anomaly(snapshot::Anomaly kind) {
    return snapshot::k_anomaly_names[static_cast<std::size_t>(kind)];
}

AnomalyRecord record_of(const snapshot::AnomalyCount& anomaly) {
    return {.device = anomaly.device,
            .kind = std::string(name_of_anomaly(anomaly.kind)),
            .count = anomaly.count,
            .first_event = anomaly.first_event};
}

// The table already counts the texts that were cut while the snapshot was decoded.
void write_cut_texts(sqlite::Connection& connection, std::int64_t count) {
    if (count == 0) return;
    sqlite::Statement known = connection.prepare(
        "UPDATE anomalies SET count = count + ?1 WHERE device IS NULL AND kind = ?2 RETURNING 1");
    known.bind(1, count);
    known.bind(2, name_of_anomaly(snapshot::Anomaly::cut_text));
    if (known.step()) return;
    sqlite::BulkInserter(connection, "anomalies")
        .insert(nullptr, name_of_anomaly(snapshot::Anomaly::cut_text), count, nullptr);
}

}  // namespace

std::int64_t build_database(int fd, const DatabaseContents& contents) {
    sqlite::Connection connection(sqlite::name_of_descriptor(fd), sqlite::OpenMode::create,
                                  sqlite::descriptor_vfs());
    connection.execute(settings_sql());
    connection.execute("BEGIN");
    connection.execute(std::string(tables::schema_sql()));
    // The small tables that most queries read come first, so that they are together in a few chunks.
    tables::write_manifest_tables(connection, contents);
    sqlite::RowTexts texts(*contents.snapshot.expansion_budget);
    connection.limit_texts(texts);
    tables::write_precomputed_tables(connection, contents);
    tables::write_side_tables(connection, contents.snapshot);
    tables::write_stack_tables(connection, contents);
    tables::StringTable strings(contents.snapshot.symbols);
    tables::write_allocations(connection, contents, strings);
    tables::write_other_events(connection, contents, strings);
    tables::write_segments(connection, contents.snapshot, strings);
    strings.write(connection);
    write_cut_texts(connection, texts.cut_texts());
    connection.execute("COMMIT");
    return texts.cut_texts();
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

void add_cut_texts(std::vector<AnomalyRecord>& anomalies, std::int64_t count) {
    if (count == 0) return;
    const std::string_view kind = name_of_anomaly(snapshot::Anomaly::cut_text);
    const auto known = std::ranges::find_if(
        anomalies, [&](const AnomalyRecord& anomaly) { return !anomaly.device && anomaly.kind == kind; });
    if (known != anomalies.end()) {
        known->count += count;
    } else {
        anomalies.push_back(
            {.device = std::nullopt, .kind = std::string(kind), .count = count, .first_event = {}});
    }
}

namespace {

constexpr const char* k_name = "the temporary database";

std::uint64_t size_of(int fd) {
    struct stat status {};
    if (fstat(fd, &status) != 0) throw SystemError(std::string("cannot read ") + k_name, errno);
    return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

DatabaseChunks::DatabaseChunks(int fd) : m_fd(fd), m_size(size_of(fd)) {}

void DatabaseChunks::read(std::uint64_t number, std::string& into) const {
    const std::uint64_t offset = number * k_database_chunk;
    into.resize(std::min(k_database_chunk, m_size - offset));
    const std::size_t got = io::read_fully_at(m_fd, offset, into, k_name);
    if (got != into.size()) throw SystemError(fmt::format("{} has become shorter", k_name));
}

SerialDatabaseChunks::SerialDatabaseChunks(int fd, ChunkCompressor compressor)
    : m_chunks(fd), m_compressor(std::move(compressor)) {}

std::optional<zip::Chunk> SerialDatabaseChunks::next() {
    if (m_next == m_chunks.count()) return std::nullopt;
    m_chunks.read(m_next++, m_raw);
    return m_compressor.compress(m_raw);
}

}  // namespace snapq::archive
