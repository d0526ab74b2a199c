// Opens an archive and gives access to its database and its entries.
//
//     const ArchiveReader archive = open_archive("a.zip");
//     Database database = archive.open_database();
//     Query query = database.prepare("SELECT callstack FROM allocs WHERE idx = 7");
//     while (query.next()) use(query.text(0));
//
// Accepts a zip or a directory that `convert` wrote, a directory that `extract` wrote, and a zip or a
// directory of SnapViewer's converter, which has the table `allocs` and no manifest. A snapshot that is not
// converted is only recognised; the caller has to convert it. Nothing is unpacked to disk, except that a
// compressed database without seek points goes to an unnamed temporary file once. Names in a zip are never
// used as paths.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/manifest.hpp"
#include "archive/sqlite/database.hpp"
#include "io/file_descriptor.hpp"
#include "support/bytes.hpp"

namespace snapq::io {
class RandomAccessBytes;
}

namespace snapq::archive {

// The largest number of labels. `convert` takes no more, and an archive with more is refused.
inline constexpr std::size_t k_most_labels = 1000;

enum class ArchiveKind : std::uint8_t {
    snapq_zip,
    snapq_directory,
    snapviewer_zip,
    snapviewer_directory,
    raw_snapshot,  // not an archive; only converting it shows whether it really is a snapshot
};

// "snapq zip", "snapq folder", "SnapViewer zip", "SnapViewer folder", "raw snapshot"
[[nodiscard]] std::string_view name_of(ArchiveKind kind);

// Whether SnapViewer's converter made it. It has only table `allocs`, whose stacks may belong to other rows.
[[nodiscard]] bool is_snapviewer(ArchiveKind kind);

// An entry as the zip file or the directory lists it.
struct ContainedEntry {
    std::string name;    // unchecked; not to be used as a path
    std::string method;  // "store", "deflate", "zstd", "method 12"
    std::uint64_t size = 0;
    std::uint64_t compressed_size = 0;
};

class Container;

// Several threads may use it at once, each with a Database of its own. For a raw snapshot, all functions
// except kind() and path() throw UsageError.
class ArchiveReader {
public:
    explicit ArchiveReader(std::string path);
    ArchiveReader(io::Fd file, std::string name);
    ArchiveReader(ArchiveReader&&) noexcept;
    ArchiveReader& operator=(ArchiveReader&&) noexcept;
    ~ArchiveReader();

    [[nodiscard]] ArchiveKind kind() const { return m_kind; }
    // As given to open_archive.
    [[nodiscard]] const std::string& path() const { return m_path; }
    // Absent for archives of SnapViewer and for directories that `extract` wrote.
    [[nodiscard]] const std::optional<Manifest>& manifest() const;

    [[nodiscard]] const std::vector<ContainedEntry>& entries() const;
    [[nodiscard]] bool has_entry(std::string_view name) const;
    // The raw bytes of an entry, from the first to the last. Throws InputError when there is no such entry.
    // Reading throws InputError, with entry and offset, when the bytes are damaged.
    [[nodiscard]] std::unique_ptr<ByteSource> entry(std::string_view name) const;

    // From now on, databases of this archive give files the names that `naming` returns: in frames, in sites,
    // and so in everything that is made of them. The texts of whole stacks are empty then.
    void name_files(FileNaming naming) { m_file_naming = std::move(naming); }

    // A hardened read-only connection for the program's own queries. Their work is limited (limit_own_work),
    // and they may call only the functions that they need, and abbreviate(text). See with_own_sql. Throws
    // InputError when the schema is not accepted (tables/accepted_schema.hpp), and when a table that is
    // always read completely has more rows than `convert` writes, for example more than 1000 devices.
    [[nodiscard]] Database open_database() const;
    // The same for the queries of a user: without a limit on their work, with all functions that only
    // compute, and without abbreviate.
    [[nodiscard]] Database open_database_for_user() const;
    // Makes the tables of this archive visible in `database` as schema.table. At most 10 archives can be
    // attached. Throws InputError when the schema is not accepted, and UsageError when the name is taken or
    // 10 archives are attached already.
    void attach_to(Database& database, const std::string& schema) const;
    // In bytes, unpacked.
    [[nodiscard]] std::uint64_t database_size() const;

    // Whether the database has a table or view of this name.
    [[nodiscard]] bool has_table(std::string_view name) const;

    // For verify and for benchmarks.
    [[nodiscard]] const Container& container() const;

private:
    void open_database_entry(bool is_directory);
    void classify_by_content(bool is_directory);
    [[nodiscard]] const std::shared_ptr<const io::RandomAccessBytes>& database_bytes() const;

    std::string m_path;
    ArchiveKind m_kind = ArchiveKind::raw_snapshot;
    std::unique_ptr<Container> m_container;                   // null for a raw snapshot
    FileNaming m_file_naming;                                 // empty: files keep their names
    std::shared_ptr<const io::RandomAccessBytes> m_database;  // all connections share it and its cache
};

// Limits the program's own queries on databases that have `bytes` bytes together: to the instructions that
// reading their rows can take, and to a time far beyond that, after which the process ends with exit code 3.
// `what` is the beginning of the message in that case.
void limit_own_work(Database& database, std::uint64_t bytes, const std::string& what);

// Throws InputError when the path does not exist, cannot be read, is damaged, has a newer format, or is a
// directory without a database.
[[nodiscard]] ArchiveReader open_archive(const std::string& path);
// The same for a zip that is open already and has no name; messages and results call it `name`.
[[nodiscard]] ArchiveReader open_archive(io::Fd file, const std::string& name);

}  // namespace snapq::archive
