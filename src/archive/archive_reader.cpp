#include "archive/archive_reader.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "archive/container.hpp"
#include "archive/sqlite/functions.hpp"
#include "archive/sqlite/hardening.hpp"
#include "archive/sqlite/vfs.hpp"
#include "archive/tables/accepted_schema.hpp"
#include "archive/tables/temporary_views.hpp"
#include "snapshot/model.hpp"
#include "support/error.hpp"

namespace snapq::archive {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_sqlite_magic("SQLite format 3\0", 16);

// Limits in instructions of SQLite's virtual machine. The queries of snapq take 20 to 300 instructions for a
// row, and a row takes 10 bytes or more of the file. k_least_work is for small databases.
constexpr std::uint64_t k_least_work = 10'000'000;
constexpr std::uint64_t k_work_per_byte = 100;

// Limits of processor time, ten times what the instructions above take. They are reached only when single
// instructions take very long.
constexpr std::chrono::milliseconds k_least_time{5'000};
constexpr std::chrono::milliseconds k_time_per_mib{3'000};

// Tables that many queries read completely, with the largest number of rows that `convert` writes.
struct SmallTable {
    std::string_view name;
    std::size_t most_rows;
};
constexpr std::size_t k_most_meta_rows = 1000;  // rows of table meta, without the labels
constexpr SmallTable k_small_tables[] = {
    {"devices", snapshot::k_most_devices},
    {"anomalies", (snapshot::k_most_devices + 1) * snapshot::k_anomaly_names.size()},
    {"settings", snapshot::k_most_settings},
    {"meta", k_most_labels + k_most_meta_rows}};

// Counts no more rows than needed, because a crafted table may have any number.
void check_small_tables(Database& database, const std::string& archive) {
    for (const auto& [name, most] : k_small_tables) {
        if (!database.has_table(name)) continue;
        const std::string count =
            fmt::format("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT {})", name, most + 1);
        if (static_cast<std::size_t>(database.integer(count)) <= most) continue;
        throw InputError(archive, fmt::format("{}: table {} has more than {} rows, the limit for archives",
                                              k_database_entry, name, most));
    }
}

std::string name_of_database(const std::string& archive) {
    return fmt::format("{}: {}", archive, k_database_entry);
}

std::string first_bytes(const io::RandomAccessBytes& bytes, std::size_t count) {
    std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(count, bytes.size())), '\0');
    bytes.read_at(0, text);
    return text;
}

// A file of torch.save is a zip that contains a pickle.
bool holds_pickle(const Container& container) {
    return std::ranges::any_of(container.entries(),
                               [](const ContainedEntry& entry) { return entry.name.ends_with("data.pkl"); });
}

// Null for a file that is not an archive but may be a snapshot.
std::unique_ptr<Container> open_file(std::shared_ptr<const io::FileBytes> file) {
    const std::string path = file->name();
    if (first_bytes(*file, k_sqlite_magic.size()) == k_sqlite_magic) {
        InputError error(path, "is a database without its archive");
        error.with_hint(fmt::format("name the directory that holds {}", k_database_entry));
        throw error;
    }
    if (!zip::looks_like_zip(*file)) return nullptr;
    auto zip = std::make_unique<ZipContainer>(std::move(file));
    if (zip->has(k_database_entry)) return zip;
    if (holds_pickle(*zip)) return nullptr;
    throw InputError(path, fmt::format("is a zip file without {}, so it is neither an archive nor a snapshot",
                                       k_database_entry));
}

std::unique_ptr<Container> open_directory_container(const std::string& path) {
    auto directory = std::make_unique<DirectoryContainer>(path);
    if (directory->has(k_database_entry)) return directory;
    throw InputError(path, fmt::format("is a directory without {}", k_database_entry));
}

// Before it reads, SQLite would have to apply the log or journal to the database. Here the database is only
// read.
void check_no_log_beside(const std::string& database) {
    for (const char* suffix : {"-wal", "-journal"}) {
        std::error_code failure;
        if (const auto size = fs::file_size(database + suffix, failure); failure || size == 0) continue;
        throw InputError(database, fmt::format("is still being written, or writing it was interrupted "
                                               "({}{} exists)",
                                               k_database_entry, suffix))
            .with_hint("open and close the database once with sqlite3");
    }
}

}  // namespace

std::string_view name_of(ArchiveKind kind) {
    switch (kind) {
        case ArchiveKind::snapq_zip: return "snapq zip";
        case ArchiveKind::snapq_directory: return "snapq folder";
        case ArchiveKind::snapviewer_zip: return "SnapViewer zip";
        case ArchiveKind::snapviewer_directory: return "SnapViewer folder";
        case ArchiveKind::raw_snapshot: break;
    }
    return "raw snapshot";
}

bool is_snapviewer(ArchiveKind kind) {
    return kind == ArchiveKind::snapviewer_zip || kind == ArchiveKind::snapviewer_directory;
}

ArchiveReader open_archive(const std::string& path) {
    return ArchiveReader(path);
}

ArchiveReader open_archive(io::Fd file, const std::string& name) {
    return {std::move(file), name};
}

ArchiveReader::ArchiveReader(std::string path) : m_path(std::move(path)) {
    std::error_code failure;
    const fs::file_status status = fs::status(m_path, failure);
    if (status.type() == fs::file_type::none)
        throw InputError(m_path, "cannot be opened: " + failure.message());
    if (!fs::exists(status)) throw InputError(m_path, "does not exist");
    const bool is_directory = fs::is_directory(status);
    // The bytes of a pipe can be read only once, so they are left to the conversion.
    if (!is_directory && !fs::is_regular_file(status)) return;
    m_container =
        is_directory ? open_directory_container(m_path) : open_file(std::make_shared<io::FileBytes>(m_path));
    if (m_container != nullptr) open_database_entry(is_directory);
}

ArchiveReader::ArchiveReader(io::Fd file, std::string name)
    : m_path(std::move(name)),
      m_container(open_file(std::make_shared<io::FileBytes>(std::move(file), m_path))) {
    if (m_container != nullptr) open_database_entry(false);
}

void ArchiveReader::open_database_entry(bool is_directory) {
    if (is_directory) check_no_log_beside(m_path + "/" + std::string(k_database_entry));
    m_database = m_container->random_access(k_database_entry);
    m_kind = is_directory ? ArchiveKind::snapq_directory : ArchiveKind::snapq_zip;
    // With a manifest the database is not opened here, so that verify can report all damage.
    if (!manifest()) with_own_sql(m_path, [&] { classify_by_content(is_directory); });
}

ArchiveReader::ArchiveReader(ArchiveReader&&) noexcept = default;
ArchiveReader& ArchiveReader::operator=(ArchiveReader&&) noexcept = default;
ArchiveReader::~ArchiveReader() = default;

// Without a manifest, the tables of the database show which program made it.
void ArchiveReader::classify_by_content(bool is_directory) {
    if (first_bytes(*m_database, k_sqlite_magic.size()) != k_sqlite_magic) {
        throw InputError(m_path, fmt::format("{}: is not an SQLite database", k_database_entry));
    }
    Database database = open_database();
    if (database.has_table("meta") && database.has_table("allocations")) {
        const std::int64_t version = database.integer("SELECT value FROM meta WHERE key = 'format_version'");
        if (version > Manifest::k_format_version) throw newer_format(version).in_file(m_path);
    } else if (database.has_table("allocs")) {
        m_kind = is_directory ? ArchiveKind::snapviewer_directory : ArchiveKind::snapviewer_zip;
    } else {
        throw InputError(m_path,
                         fmt::format("{}: has neither table allocations nor table allocs", k_database_entry));
    }
}

const Container& ArchiveReader::container() const {
    if (m_container == nullptr) throw_usage("{} is not a snapq archive; convert it first", m_path);
    return *m_container;
}

const std::optional<Manifest>& ArchiveReader::manifest() const {
    return container().manifest();
}
const std::vector<ContainedEntry>& ArchiveReader::entries() const {
    return container().entries();
}
bool ArchiveReader::has_entry(std::string_view name) const {
    return container().has(name);
}
std::unique_ptr<ByteSource> ArchiveReader::entry(std::string_view name) const {
    return container().open(name);
}
bool ArchiveReader::has_table(std::string_view name) const {
    return open_database().has_table(name);
}

const std::shared_ptr<const io::RandomAccessBytes>& ArchiveReader::database_bytes() const {
    static_cast<void>(container());  // refuses a raw snapshot
    return m_database;
}

Database ArchiveReader::open_database() const {
    Database database = open_database_for_user();
    limit_own_work(database, database_size(), m_path);
    sqlite::add_abbreviate(database.handle());
    sqlite::allow_own_functions_only(database.handle());
    check_small_tables(database, m_path);
    return database;
}

Database ArchiveReader::open_database_for_user() const {
    const sqlite::OfferedDatabase offered(database_bytes());
    const std::string name = name_of_database(m_path);
    Database database(offered.name(), name);
    try {
        tables::check_schema(database.handle());
    } catch (const RefusedDatabase& error) {
        throw error.in_file(name);
    } catch (const InputError& error) {
        throw error.in_file(name);
    }
    tables::add_missing_names(database);
    if (m_file_naming) tables::show_files_by(database, m_file_naming);
    return database;
}

void ArchiveReader::attach_to(Database& database, const std::string& schema) const {
    const sqlite::OfferedDatabase offered(database_bytes());
    try {
        sqlite::attach_hardened(database.handle(), offered.name(), schema);
        tables::check_schema(database.handle(), schema);
        database.resume_progress_checks();
    } catch (const InputError& error) {
        database.resume_progress_checks();
        throw error.in_file(name_of_database(m_path));
    }
}

std::uint64_t ArchiveReader::database_size() const {
    return database_bytes()->size();
}

void limit_own_work(Database& database, std::uint64_t bytes, const std::string& what) {
    database.limit_work(k_least_work + k_work_per_byte * bytes);
    database.limit_time(io::WorkClock::processor,
                        io::Allowance{.time = k_least_time + k_time_per_mib * (bytes >> 20U),
                                      .message = fmt::format("{}: {}", what, k_too_much_work),
                                      .exit_code = exit_code(ErrorKind::input)});
}

}  // namespace snapq::archive
