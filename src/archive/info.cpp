#include "archive/info.hpp"

#include <filesystem>

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
    std::uint64_t sum = 0;  // a folder
    for (const ContainedEntry& entry : archive.entries()) sum += entry.size;
    return sum;
}

ArchiveInfo described(const ArchiveReader& archive) {
    ArchiveInfo info{.path = archive.path(),
                     .kind = archive.kind(),
                     .bytes = bytes_on_disk(archive),
                     .entries = archive.entries(),
                     .tables = {}};
    Database database = archive.open_database();
    Query query = database.prepare(
        "SELECT name, type = 'view' FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE "
        "'sqlite\\_%'"
        " ESCAPE '\\' ORDER BY rowid");
    while (query.next()) {
        info.tables.push_back({std::string(query.text(0)), query.integer(1) != 0, std::nullopt});
    }
    for (TableInfo& table : info.tables) {
        if (!table.is_view) table.rows = rows_of(database, table.name);
    }
    return info;
}

}  // namespace

ArchiveInfo describe_archive(const ArchiveReader& archive) {
    return with_own_sql(archive.path(), [&] { return described(archive); });
}

}  // namespace snapq::archive
