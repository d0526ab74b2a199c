// The container of the entries of an archive: a zip file or a directory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive_reader.hpp"
#include "archive/chunks/chunk_reader.hpp"
#include "archive/manifest.hpp"
#include "io/file_source.hpp"
#include "zip/reader.hpp"

namespace snapq::archive {

// Several threads may use it at once. When it has a manifest, the constructor has compared it with the
// entries.
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

    // The raw bytes of an entry, in order or with random access. Both functions throw InputError when there
    // is no such entry.
    [[nodiscard]] virtual std::unique_ptr<ByteSource> open(std::string_view name) const = 0;
    [[nodiscard]] virtual std::shared_ptr<const io::RandomAccessBytes> random_access(
        std::string_view name) const = 0;

    // The same bytes, read without seek points as other programs do; the checksum is compared at the end.
    [[nodiscard]] virtual std::unique_ptr<ByteSource> open_as_stream(std::string_view name) const = 0;

    // The chunks of an entry that the manifest lists.
    [[nodiscard]] virtual std::shared_ptr<const ChunkReader> chunks(const ManifestEntry& record) const = 0;

protected:
    void add_entry(ContainedEntry entry) { m_entries.push_back(std::move(entry)); }
    // Reads manifest.json if there is one, and calls `check_entry` for each entry that it lists.
    void read_manifest();
    virtual void check_entry(const ManifestEntry& record) const = 0;
    // All raw bytes of a small entry.
    [[nodiscard]] virtual std::string read_all(const ContainedEntry& entry) const;
    // Throws the InputError for an entry that does not exist.
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
    // A compressed entry without seek points is unpacked to an unnamed temporary file by each call.
    [[nodiscard]] std::shared_ptr<const io::RandomAccessBytes> random_access(
        std::string_view name) const override;
    [[nodiscard]] std::shared_ptr<const ChunkReader> chunks(const ManifestEntry& record) const override;
    [[nodiscard]] std::unique_ptr<ByteSource> open_as_stream(std::string_view name) const override;

private:
    [[nodiscard]] std::string read_all(const ContainedEntry& entry) const override;
    void check_entry(const ManifestEntry& record) const override;
    [[nodiscard]] const zip::DirectoryEntry& directory_entry(std::string_view name) const;
    // Null for an entry that the manifest does not list.
    [[nodiscard]] const ManifestEntry* record(std::string_view name) const;

    zip::ZipReader m_zip;
};

// Files whose names are not those of entries are ignored.
class DirectoryContainer final : public Container {
public:
    explicit DirectoryContainer(const std::string& path);

    [[nodiscard]] std::unique_ptr<ByteSource> open(std::string_view name) const override;
    [[nodiscard]] std::shared_ptr<const io::RandomAccessBytes> random_access(
        std::string_view name) const override;
    [[nodiscard]] std::shared_ptr<const ChunkReader> chunks(const ManifestEntry& record) const override;
    [[nodiscard]] std::unique_ptr<ByteSource> open_as_stream(std::string_view name) const override {
        return open(name);
    }

private:
    void check_entry(const ManifestEntry& record) const override;
    [[nodiscard]] std::string file_of(std::string_view name) const;
};

}  // namespace snapq::archive
