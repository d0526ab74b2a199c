// Opens whatever may stand where a command asks for an archive, and hands out its database and its entries.
//
//     const ArchiveReader archive = open_archive("a.zip");
//     Database database = archive.open_database();
//     Query query = database.prepare("SELECT callstack FROM allocs WHERE idx = 7");
//     while (query.next()) use(query.text(0));
//
// Accepted: a zip or a folder made by snapq, also one that `extract` left; a zip or a folder made by
// SnapViewer's converter, which has the table `allocs` and no manifest. A raw snapshot is only recognised:
// converting it first is up to the caller. Nothing is unpacked, except that a database deflated as one piece
// goes to an unnamed temporary file once. Zip names are never used as paths.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/entry_names.hpp"
#include "archive/manifest.hpp"
#include "archive/sqlite/database.hpp"
#include "support/bytes.hpp"

namespace snapq::io {
class RandomAccessBytes;
}

namespace snapq::archive {

// What a user may say of a snapshot; an archive with more is refused.
inline constexpr std::size_t k_most_labels = 1000;

enum class ArchiveKind : std::uint8_t {
    snapq_zip,
    snapq_folder,
    snapviewer_zip,
    snapviewer_folder,
    raw_snapshot,  // or at least no archive: whether it is a snapshot is found out by converting it
};

// "snapq zip", "snapq folder", "SnapViewer zip", "SnapViewer folder", "raw snapshot"
[[nodiscard]] std::string_view name_of(ArchiveKind kind);

// Whether the kind is one of SnapViewer's: its stacks may be shifted, and only the table `allocs` is known.
[[nodiscard]] bool is_snapviewer(ArchiveKind kind);

// A part of the archive as its container lists it.
struct ContainedEntry {
    std::string name;    // as it stands there; not to be used as a path
    std::string method;  // "store", "deflate", "zstd", "method 12"
    std::uint64_t size = 0;
    std::uint64_t compressed_size = 0;
};

class Container;

// May be used by several threads at once; each takes a Database of its own. A raw snapshot has neither
// entries nor a database: everything but kind() and path() is then a UsageError.
class ArchiveReader {
public:
    explicit ArchiveReader(std::string path);
    ArchiveReader(ArchiveReader&&) noexcept;
    ArchiveReader& operator=(ArchiveReader&&) noexcept;
    ~ArchiveReader();

    [[nodiscard]] ArchiveKind kind() const { return m_kind; }
    // As it was given to open_archive.
    [[nodiscard]] const std::string& path() const { return m_path; }
    // Goes by another name from now on, also in messages: a temporary archive stands for what it was made of.
    void show_as(std::string path) { m_path = std::move(path); }
    // Absent for SnapViewer's archives and for what `extract` wrote.
    [[nodiscard]] const std::optional<Manifest>& manifest() const;

    [[nodiscard]] const std::vector<ContainedEntry>& entries() const;
    [[nodiscard]] bool has_entry(std::string_view name) const;
    // The raw bytes of an entry from first to last. Throws InputError when there is no such entry, and while
    // reading when its bytes are damaged, with entry and offset.
    [[nodiscard]] std::unique_ptr<ByteSource> entry(std::string_view name) const;

    // A read-only connection, hardened against its content (design section 2.2), for the program's own
    // questions: they are interrupted after more work than a database of its size can need, because a
    // stranger's view may have any number of rows. See with_own_sql. SQL can call abbreviate(text) of
    // support/brief.hpp. Throws InputError for an archive of more than 1000 devices.
    [[nodiscard]] Database open_database() const;
    // The same for a user's questions, which take as long as they take.
    [[nodiscard]] Database open_database_for_user() const;
    // Makes this archive's tables visible in `database` as schema.table. SQLite attaches 10.
    void attach_to(Database& database, const std::string& schema) const;

    // Tables and views of the database.
    [[nodiscard]] bool has_table(std::string_view name) const;

    // What lies behind it, for verify and extract.
    [[nodiscard]] const Container& container() const;

private:
    void classify_by_content(bool folder);
    [[nodiscard]] const std::shared_ptr<const io::RandomAccessBytes>& database_bytes() const;

    std::string m_path;
    ArchiveKind m_kind = ArchiveKind::raw_snapshot;
    std::unique_ptr<Container> m_container;  // null for a raw snapshot
    std::shared_ptr<const io::RandomAccessBytes>
        m_database;  // shared by all connections, and so is its cache
};

// Throws InputError for what is missing, unreadable, damaged, made by a newer format, or a folder without a
// database.
[[nodiscard]] ArchiveReader open_archive(const std::string& path);

}  // namespace snapq::archive
