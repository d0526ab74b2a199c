// What holds the entries of an archive: a zip file or a folder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive_reader.hpp"
#include "archive/chunk_reader.hpp"
#include "archive/manifest.hpp"
#include "io/random_access.hpp"
#include "zip/reader.hpp"

namespace snapq::archive {

// Used by several threads. Where a manifest is there, it was compared with the container when that was
// opened.
class Container {
public:
    explicit Container(std::string path) : m_path(std::move(path)) {}
    Container(const Container&) = delete;
    Container& operator=(const Container&) = delete;
    virtual ~Container() = default;

    [[nodiscard]] const std::string& path() const { return m_path; }
    [[nodiscard]] const std::vector<ContainedEntry>& entries() const { return m_entries; }
    [[nodiscard]] const std::optional<Manifest>& manifest() const { return m_manifest; }
    [[nodiscard]] bool has(std::string_view name) const;

    // The raw bytes of an entry, forward and at random. Throw InputError when there is none of this name.
    [[nodiscard]] virtual std::unique_ptr<ByteSource> open(std::string_view name) const = 0;
    [[nodiscard]] virtual std::shared_ptr<const io::RandomAccessBytes> random_access(
        std::string_view name) const = 0;

    // The same bytes, but read as other programs read them: without seek points, the checksum taken at the
    // end.
    [[nodiscard]] virtual std::unique_ptr<ByteSource> open_as_stream(std::string_view name) const = 0;

    // The chunks of an entry that the manifest lists.
    [[nodiscard]] virtual std::shared_ptr<const ChunkReader> chunks(const EntryRecord& record) const = 0;

protected:
    void add_entry(ContainedEntry entry) { m_entries.push_back(std::move(entry)); }
    // Reads manifest.json where there is one, then checks each of its entries with `check_entry`.
    void read_manifest();
    virtual void check_entry(const EntryRecord& record) const = 0;
    // All raw bytes of a small entry.
    [[nodiscard]] virtual std::string whole(const ContainedEntry& entry) const;
    // Throws the InputError for an entry that is not there.
    [[noreturn]] void throw_missing(std::string_view name) const;

private:
    std::string m_path;
    std::vector<ContainedEntry> m_entries;
    std::optional<Manifest> m_manifest;
};

class ZipContainer final : public Container {
public:
    explicit ZipContainer(std::shared_ptr<const io::FileBytes> file);

    [[nodiscard]] std::unique_ptr<ByteSource> open(std::string_view name) const override;
    // An entry without seek points that is not plain is written to an unnamed temporary file each time.
    [[nodiscard]] std::shared_ptr<const io::RandomAccessBytes> random_access(
        std::string_view name) const override;
    [[nodiscard]] std::shared_ptr<const ChunkReader> chunks(const EntryRecord& record) const override;
    [[nodiscard]] std::unique_ptr<ByteSource> open_as_stream(std::string_view name) const override;

private:
    [[nodiscard]] std::string whole(const ContainedEntry& entry) const override;
    void check_entry(const EntryRecord& record) const override;
    [[nodiscard]] const zip::DirectoryEntry& found(std::string_view name) const;
    // Null for an entry that the manifest does not list.
    [[nodiscard]] const EntryRecord* record(std::string_view name) const;

    zip::ZipReader m_zip;
};

// Only files with the names of entries are looked at; a folder may hold anything else.
class FolderContainer final : public Container {
public:
    explicit FolderContainer(const std::string& path);

    [[nodiscard]] std::unique_ptr<ByteSource> open(std::string_view name) const override;
    [[nodiscard]] std::shared_ptr<const io::RandomAccessBytes> random_access(
        std::string_view name) const override;
    [[nodiscard]] std::shared_ptr<const ChunkReader> chunks(const EntryRecord& record) const override;
    [[nodiscard]] std::unique_ptr<ByteSource> open_as_stream(std::string_view name) const override {
        return open(name);
    }

private:
    void check_entry(const EntryRecord& record) const override;
    [[nodiscard]] std::string file_of(std::string_view name) const;
};

}  // namespace snapq::archive
