#include "archive/container.hpp"

#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>

#include "support/error.hpp"

namespace snapq::archive {
namespace {

// The largest ratio of raw to compressed bytes of a manifest. Real manifests, which are lists of numbers,
// stay far below it.
constexpr std::uint64_t k_manifest_expansion = 200;
constexpr std::uint64_t k_manifest_allowance = std::uint64_t{1} << 20;

// The same for a database that has to be unpacked to a temporary file. Deflate cannot exceed a ratio of 1032;
// zstd can.
constexpr std::uint64_t k_database_expansion = 2000;
constexpr std::uint64_t k_database_allowance = std::uint64_t{64} << 20;

// Whether the size beyond `allowance` is more than `ratio` times the compressed size.
bool is_bomb(std::uint64_t size, std::uint64_t compressed, std::uint64_t ratio, std::uint64_t allowance) {
    return size > allowance && (size - allowance) / ratio > compressed;
}

std::string text_of(ByteSource& source, std::uint64_t size) {
    std::string text(static_cast<std::size_t>(size), '\0');
    std::size_t filled = 0;
    while (const std::size_t count = source.read(std::span(text).subspan(filled))) filled += count;
    // A stream checks its size and checksum at its end, which only one more read reaches.
    char beyond = 0;
    if (source.read(std::span(&beyond, 1)) != 0)
        throw InputError("manifest.json: is longer than the zip directory says");
    text.resize(filled);
    return text;
}

std::string method_name(std::uint16_t method) {
    switch (method) {
        case static_cast<std::uint16_t>(zip::ZipMethod::store): return "store";
        case static_cast<std::uint16_t>(zip::ZipMethod::deflate): return "deflate";
        case static_cast<std::uint16_t>(zip::ZipMethod::zstd): return "zstd";
        default: return fmt::format("method {}", method);
    }
}

}  // namespace

// ---- container ----

bool Container::has(std::string_view name) const {
    return std::ranges::find(m_entries, name, &ContainedEntry::name) != m_entries.end();
}

void Container::throw_missing(std::string_view name) const {
    throw InputError(m_path, fmt::format("has no entry {}", zip::printable_name(name)));
}

void Container::read_manifest() {
    const auto entry = std::ranges::find(m_entries, Manifest::k_entry_name, &ContainedEntry::name);
    if (entry == m_entries.end()) return;
    if (entry->size > k_largest_manifest ||
        is_bomb(entry->size, entry->compressed_size, k_manifest_expansion, k_manifest_allowance)) {
        throw InputError(m_path, "manifest.json: is larger than the format allows");
    }
    try {
        Manifest manifest = parse_manifest(read_all(*entry));
        for (const ManifestEntry& record : manifest.entries) check_entry(record);
        m_manifest = std::move(manifest);
    } catch (const InputError& error) {
        throw error.in_file(m_path);
    }
}

std::string Container::read_all(const ContainedEntry& entry) const {
    return text_of(*open(entry.name), entry.size);
}

// ---- zip ----

ZipContainer::ZipContainer(std::shared_ptr<const io::FileBytes> file)
    : Container(file->name()), m_zip(std::move(file)) {
    for (const zip::DirectoryEntry& entry : m_zip.entries()) {
        add_entry({entry.name, method_name(entry.method), entry.size, entry.compressed_size});
    }
    read_manifest();
}

const zip::DirectoryEntry& ZipContainer::directory_entry(std::string_view name) const {
    const zip::DirectoryEntry* entry = m_zip.find(name);
    if (entry == nullptr) throw_missing(name);
    return *entry;
}

const ManifestEntry* ZipContainer::record(std::string_view name) const {
    return manifest() ? manifest()->entry(name) : nullptr;
}

void ZipContainer::check_entry(const ManifestEntry& record) const {
    const zip::DirectoryEntry& entry = directory_entry(record.name);
    const bool same = method_name(entry.method) == name_of(record.method) && entry.size == record.size &&
                      entry.compressed_size == record.compressed_size && entry.crc32 == record.crc32;
    if (same) return;
    InputError error(
        path(),
        fmt::format("{}: is not the entry that manifest.json describes", zip::printable_name(record.name)),
        entry.header_offset);
    error.with_hint("the zip file was damaged, or packed again by another program");
    throw error;
}

std::unique_ptr<ByteSource> ZipContainer::open(std::string_view name) const {
    if (record(name) != nullptr) return std::make_unique<io::ForwardBytes>(random_access(name));
    return m_zip.open(directory_entry(name));
}

// Unpacks a small entry in one call, which is three times as fast as a stream. Each command reads the
// manifest.
std::string ZipContainer::read_all(const ContainedEntry& entry) const {
    const auto method = compression_named(entry.method);
    if (!method || entry.size > k_max_raw_chunk || entry.compressed_size > k_max_raw_chunk) {
        return Container::read_all(entry);
    }
    const auto packed = m_zip.compressed(directory_entry(entry.name));
    std::string compressed(static_cast<std::size_t>(packed->size()), '\0');
    packed->read_at(0, compressed);
    std::string raw(static_cast<std::size_t>(entry.size), '\0');
    try {
        ChunkDecompressor(*method).decompress(compressed, directory_entry(entry.name).crc32, raw);
    } catch (const InputError& error) {
        throw InputError(path(), entry.name + ": " + error.message(),
                         directory_entry(entry.name).data_offset);
    }
    return raw;
}

std::shared_ptr<const io::RandomAccessBytes> ZipContainer::random_access(std::string_view name) const {
    if (const ManifestEntry* listed = record(name)) return chunks(*listed);
    const zip::DirectoryEntry& entry = directory_entry(name);
    if (entry.method == static_cast<std::uint16_t>(zip::ZipMethod::store)) return m_zip.compressed(entry);
    if (is_bomb(entry.size, entry.compressed_size, k_database_expansion, k_database_allowance)) {
        InputError error(path(),
                         fmt::format("{}: unpacks to more than {} times its size, the limit for archives",
                                     zip::printable_name(name), k_database_expansion),
                         entry.header_offset);
        error.with_hint("if the archive is correct, unzip it and give the directory");
        throw error;
    }
    return io::spool_to_unnamed_file(*m_zip.open(entry));
}

std::shared_ptr<const ChunkReader> ZipContainer::chunks(const ManifestEntry& record) const {
    const zip::DirectoryEntry& entry = directory_entry(record.name);
    return std::make_shared<ChunkReader>(m_zip.compressed(entry), record, path(), entry.data_offset);
}

std::unique_ptr<ByteSource> ZipContainer::open_as_stream(std::string_view name) const {
    return m_zip.open(directory_entry(name));
}

// ---- directory ----

DirectoryContainer::DirectoryContainer(const std::string& path) : Container(path) {
    std::error_code failure;
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(path, failure)) {
        const std::string name = file.path().filename().string();
        if (is_entry_name(name) && file.is_regular_file(failure)) names.push_back(name);
    }
    if (failure) throw InputError(path, "cannot be listed: " + failure.message());
    std::ranges::sort(names);
    for (const std::string& name : names) {
        const std::uint64_t size = std::filesystem::file_size(file_of(name), failure);
        add_entry({name, "store", size, size});
    }
    read_manifest();
}

std::string DirectoryContainer::file_of(std::string_view name) const {
    return path() + "/" + std::string(name);
}

void DirectoryContainer::check_entry(const ManifestEntry& record) const {
    const auto entry = std::ranges::find(entries(), record.name, &ContainedEntry::name);
    if (entry == entries().end()) throw_missing(record.name);
    if (entry->size == record.size) return;
    throw InputError(path(), fmt::format("{}: has {} bytes, but manifest.json says {}", record.name,
                                         entry->size, record.size));
}

std::unique_ptr<ByteSource> DirectoryContainer::open(std::string_view name) const {
    return std::make_unique<io::ForwardBytes>(random_access(name));
}

std::shared_ptr<const io::RandomAccessBytes> DirectoryContainer::random_access(std::string_view name) const {
    if (!has(name)) throw_missing(name);
    return std::make_shared<io::FileBytes>(file_of(name));
}

std::shared_ptr<const ChunkReader> DirectoryContainer::chunks(const ManifestEntry& record) const {
    return std::make_shared<ChunkReader>(random_access(record.name), record, file_of(record.name), 0);
}

}  // namespace snapq::archive
