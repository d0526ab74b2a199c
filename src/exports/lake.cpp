#include "exports/lake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "archive/sqlite/database.hpp"
#include "exports/lake_directories.hpp"
#include "io/file_source.hpp"
#include "io/output_file.hpp"
#include "parquet/writer.hpp"
#include "support/error.hpp"
#include "support/interner.hpp"
#include "support/version.hpp"

namespace snapq::exports {
namespace {

// Bytes of values that all tables together hold in memory before they are written.
constexpr std::size_t k_most_bytes = std::size_t{16} << 20U;

std::string file_name(const LakeGroup& group) {
    return group.name() + ".parquet";
}

// TABLE/KEY=VALUE/…, below the lake.
std::vector<std::string> directory_names(const LakeTable& table, const LakeGroup& group) {
    std::vector<std::string> names = partition_names(group.partition);
    names.insert(names.begin(), std::string(table.name));
    return names;
}

std::string path_of(const LakeOptions& options, const LakeTable& table, const LakeGroup& group) {
    std::filesystem::path path = options.directory;
    for (const std::string& name : directory_names(table, group)) path /= name;
    return (path / file_name(group)).lexically_normal().string();
}

// Identifies the archives of the group. A file is named after the first and the last of them only.
std::string members_text(const LakeGroup& group) {
    std::uint64_t hash = 0;
    for (const LakeMember& member : group.members) hash = hash_mix(hash, hash_bytes(member.name));
    return fmt::format("{} archives, {:016x}", group.members.size(), hash);
}

// If rank is a key of the partition, readers get this column from the path.
bool has_rank_column(const LakeGroup& group) {
    return std::ranges::count(group.partition, k_rank_column, &PartitionKey::name) == 0;
}

std::vector<parquet::Column> columns_of(const LakeTable& table, bool with_rank) {
    std::vector<parquet::Column> columns{{std::string(k_archive_column), parquet::Type::text}};
    if (with_rank) columns.push_back({std::string(k_rank_column), parquet::Type::integer});
    columns.insert(columns.end(), table.columns.begin(), table.columns.end());
    return columns;
}

// Columns that archives of early versions do not have are NULL.
std::string sql_for(const LakeTable& table, archive::Database& database) {
    const auto column = [&](const char* of, const char* name) {
        return database.has_column(of, name) ? fmt::format("{}.{}", of, name) : "NULL";
    };
    const std::string kind = column("devices", "kind");
    const std::string phase = column("stacks", "phase");
    const std::string category = column("allocations", "category");
    return fmt::format(fmt::runtime(table.sql), fmt::arg("kind", kind), fmt::arg("phase", phase),
                       fmt::arg("category", category));
}

// The file of one table. It is not visible until commit().
class TableFile {
public:
    // `directory` must outlive this object.
    TableFile(const io::TargetDirectory& directory, const LakeTable& table, const LakeGroup& group)
        : m_table(table),
          m_with_rank(has_rank_column(group)),
          m_directory(directory),
          m_name(file_name(group)),
          m_file(directory, m_name, true),
          m_writer(m_file, columns_of(table, m_with_rank),
                   {.created_by = fmt::format("snapq version {}", program_version()),
                    .key_values = {{"snapq.archives", members_text(group)}}}) {}

    [[nodiscard]] std::size_t size() const { return m_writer.size(); }
    [[nodiscard]] std::int64_t rows() const { return m_rows; }
    [[nodiscard]] std::int64_t bytes() const { return m_writer.written(); }

    void add(archive::Database& database, const LakeMember& member) {
        archive::Query row = database.prepare(sql_for(m_table, database));
        std::vector<std::optional<archive::Query>> texts = prepare_lookups(database);
        m_writer.forget_keys();  // those of the archive before
        while (row.next()) {
            m_writer.add(member.name);
            if (m_with_rank) add_rank(member);
            for (std::size_t i = 0; i < m_table.columns.size(); ++i) {
                if (texts[i]) {
                    add_text_of(row, i, *texts[i]);
                } else {
                    add_value(row, i);
                }
            }
            m_writer.end_row();
            ++m_rows;
        }
    }
    void flush() { m_writer.flush(); }
    void finish() { m_writer.finish(); }
    void remove_old() const { m_directory.remove_file(m_name); }
    void commit() { m_file.commit(); }

private:
    void add_rank(const LakeMember& member) {
        if (member.rank) {
            m_writer.add(*member.rank);
        } else {
            m_writer.add_null();
        }
    }

    // For each column, the query that reads its texts, if they are looked up.
    [[nodiscard]] std::vector<std::optional<archive::Query>> prepare_lookups(
        archive::Database& database) const {
        std::vector<std::optional<archive::Query>> texts(m_table.columns.size());
        for (const TextLookup& lookup : m_table.lookups) {
            const auto column = std::ranges::find(m_table.columns, lookup.column, &parquet::Column::name);
            texts[static_cast<std::size_t>(column - m_table.columns.begin())] = database.prepare(lookup.sql);
        }
        return texts;
    }

    void add_text_of(const archive::Query& row, std::size_t index, archive::Query& text) {
        const std::optional<std::int64_t> key = row.maybe_integer(static_cast<int>(index));
        if (!key) {
            m_writer.add_null();
            return;
        }
        if (m_writer.add_known(*key)) return;
        text.reset();
        text.bind(1, *key);
        if (text.next() && !text.is_null(0)) {
            m_writer.add(text.text(0), *key);
        } else {
            m_writer.add_null();
        }
    }

    void add_value(const archive::Query& row, std::size_t index) {
        const int column = static_cast<int>(index);
        if (row.is_null(column)) {
            m_writer.add_null();
            return;
        }
        switch (m_table.columns[index].type) {
            case parquet::Type::integer:
            case parquet::Type::timestamp: m_writer.add(row.integer(column)); return;
            case parquet::Type::real: m_writer.add(row.real(column)); return;
            case parquet::Type::text: m_writer.add(row.text(column)); return;
        }
    }

    const LakeTable& m_table;
    bool m_with_rank;
    const io::TargetDirectory& m_directory;
    std::string m_name;
    io::OutputFile m_file;
    parquet::Writer m_writer;
    std::int64_t m_rows = 0;
};

using TableFiles = std::vector<std::unique_ptr<TableFile>>;

TableFiles open_files(LakeDirectories& directories, const LakeOptions& options, const LakeGroup& group) {
    TableFiles files;
    for (const LakeTable* table : options.tables) {
        const io::TargetDirectory& directory = directories.open(directory_names(*table, group));
        files.push_back(std::make_unique<TableFile>(directory, *table, group));
    }
    return files;
}

// Writes only when much is collected, so that the rows of many small archives become few row groups, which
// readers prefer.
void keep_memory_bounded(const TableFiles& files) {
    std::size_t bytes = 0;
    for (const auto& file : files) bytes += file->size();
    if (bytes < k_most_bytes) return;
    for (const auto& file : files) file->flush();
}

void add_member(const TableFiles& files, const LakeMember& member, const archive::ArchiveReader& archive) {
    archive::Database database = archive.open_database();
    for (const auto& file : files) {
        archive::with_own_sql(archive.path(), [&] { file->add(database, member); });
        keep_memory_bounded(files);
    }
}

}  // namespace

std::vector<const LakeTable*> tables_with(const std::vector<std::string>& requested) {
    for (const std::string& name : requested) {
        if (std::ranges::count(lake_tables(), name, &LakeTable::name) == 0) {
            throw_usage("--table {}: there is no such table", name);
        }
    }
    std::vector<const LakeTable*> tables;
    for (const LakeTable& table : lake_tables()) {
        if (!table.is_on_request || std::ranges::count(requested, table.name) > 0) tables.push_back(&table);
    }
    return tables;
}

std::string LakeGroup::name() const {
    return members.size() == 1 ? members.front().name
                               : fmt::format("{}..{}", members.front().name, members.back().name);
}

std::string last_file_of(const LakeOptions& options, const LakeGroup& group) {
    return path_of(options, *options.tables.back(), group);
}

std::string missing_table(const LakeOptions& options, const LakeGroup& group) {
    const auto is_missing = [&](const LakeTable* table) {
        std::error_code unknown;
        return !std::filesystem::exists(path_of(options, *table, group), unknown);
    };
    const auto found = std::ranges::find_if(options.tables, is_missing);
    return found == options.tables.end() ? "" : std::string((*found)->name);
}

bool holds_members(const LakeOptions& options, const LakeGroup& group) {
    if (group.members.size() == 1) return true;  // the file has its name
    // The text is among the last fields of the footer, behind those that grow with the table.
    constexpr std::size_t k_end_of_footer = 4096;
    const io::FileBytes file(last_file_of(options, group));
    std::string end(std::min<std::uint64_t>(file.size(), k_end_of_footer), '\0');
    file.read_at(file.size() - end.size(), end);
    return end.find(members_text(group)) != std::string::npos;
}

LakeFiles write_group(const LakeOptions& options, const LakeGroup& group, const OpenMember& open) {
    LakeDirectories directories(options.directory);
    const TableFiles files = open_files(directories, options, group);
    for (const LakeMember& member : group.members) add_member(files, member, open(member));
    LakeFiles written;
    for (const auto& file : files) {
        file->finish();
        written.rows += file->rows();
        written.bytes += file->bytes();
    }
    // The one of table `archives`: while some files are of before and some are new, the group is not
    // complete.
    files.back()->remove_old();
    for (const auto& file : files) file->commit();
    directories.keep();
    written.files = static_cast<std::int64_t>(files.size());
    return written;
}

}  // namespace snapq::exports
