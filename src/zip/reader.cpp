#include "zip/reader.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "support/error.hpp"
#include "zip/directory.hpp"
#include "zip/entry_source.hpp"

namespace snapq::zip {
namespace {

// In bytes. An archive has only a few entries; this is enough for 200 000.
constexpr std::uint64_t k_largest_directory = std::uint64_t{16} << 20;

bool is_safe_name(std::string_view name) {
    if (name.empty() || name.front() == '/' || name.find('\0') != std::string_view::npos) return false;
    if (name.find('\\') != std::string_view::npos || (name.size() > 1 && name[1] == ':')) return false;
    return name != ".." && !name.starts_with("../") && !name.ends_with("/..") &&
           name.find("/../") == std::string_view::npos;
}

void check_names(const std::vector<DirectoryEntry>& entries, const Directory& directory) {
    std::set<std::string_view> seen;
    for (const DirectoryEntry& entry : entries) {
        const std::string shown = printable_name(entry.name);
        if (!is_safe_name(entry.name)) {
            directory.fail(
                entry.header_offset,
                fmt::format("{}: this name of an entry is not allowed (absolute, empty or with \"..\")",
                            shown));
        }
        if (!seen.insert(entry.name).second) {
            directory.fail(entry.header_offset,
                           fmt::format("{}: two entries of the zip file have this name", shown));
        }
    }
}

void check_overlaps(const std::vector<DirectoryEntry>& entries, const Directory& directory) {
    std::vector<const DirectoryEntry*> ordered;
    for (const DirectoryEntry& entry : entries) ordered.push_back(&entry);
    std::ranges::sort(ordered, {}, &DirectoryEntry::header_offset);
    for (std::size_t i = 1; i < ordered.size(); ++i) {
        const DirectoryEntry& before = *ordered[i - 1];
        if (before.data_offset + before.compressed_size <= ordered[i]->header_offset) continue;
        directory.fail(ordered[i]->header_offset,
                       fmt::format("{}: overlaps with {}", printable_name(ordered[i]->name),
                                   printable_name(before.name)));
    }
}

}  // namespace

ZipReader::ZipReader(std::shared_ptr<const io::FileBytes> file) : m_file(std::move(file)) {
    Directory directory(m_file, {.file = m_file->name()});
    if (directory.size() > k_largest_directory) {
        directory.fail(
            directory.end_offset(),
            fmt::format("a zip directory of {} bytes is too large for an archive", directory.size()));
    }
    for (;;) {
        const std::uint64_t offset = directory.offset();
        std::optional<DirectoryEntry> entry = directory.next();
        if (!entry) break;
        if (entry->is_encrypted())
            directory.fail(offset, fmt::format("{}: is encrypted", printable_name(entry->name)));
        m_entries.push_back(std::move(*entry));
    }
    check_names(m_entries, directory);
    for (DirectoryEntry& entry : m_entries) directory.locate(entry);
    check_overlaps(m_entries, directory);
}

const DirectoryEntry* ZipReader::find(std::string_view name) const {
    const auto found = std::ranges::find(m_entries, name, &DirectoryEntry::name);
    return found == m_entries.end() ? nullptr : &*found;
}

std::shared_ptr<const io::RandomAccessBytes> ZipReader::compressed(const DirectoryEntry& entry) const {
    return std::make_shared<io::BytesWindow>(m_file, entry.data_offset, entry.compressed_size);
}

std::unique_ptr<ByteSource> ZipReader::open(const DirectoryEntry& entry) const {
    const std::string name = printable_name(entry.name);
    if (!is_supported(entry)) {
        throw InputError(
            m_file->name(),
            fmt::format("{}: is packed with method {}, which snapq cannot unpack", name, entry.method),
            entry.header_offset);
    }
    return open_entry(m_file, entry, {.file = m_file->name(), .container = name});
}

bool looks_like_zip(const io::RandomAccessBytes& bytes) {
    if (bytes.size() < k_local_signature.size()) return false;
    std::string start(k_local_signature.size(), '\0');
    bytes.read_at(0, start);
    return start == k_local_signature || start == k_end_signature;
}

StreamReader::StreamReader(std::unique_ptr<io::Window> file, io::ErrorContext context,
                           io::ExpansionGuard guard)
    : m_file(std::move(file)), m_context(std::move(context)), m_guard(guard) {}

std::string_view StreamReader::peek(std::size_t count) {
    const std::string_view text = m_file->peek(count);
    if (text.size() < count) m_context.fail_truncated(m_file->offset() + text.size());
    return text;
}

std::optional<DirectoryEntry> StreamReader::next() {
    const std::uint64_t offset = m_file->offset();
    const std::string_view signature = peek(k_local_signature.size());
    if (signature.starts_with(k_directory_signature) || signature.starts_with(k_end64_signature) ||
        signature.starts_with(k_end_signature)) {
        return std::nullopt;
    }
    if (!signature.starts_with(k_local_signature))
        m_context.fail(offset, "the zip file is damaged: no entry begins here");
    EntryRecord record = parse_local_header(peek(k_local_size));
    const std::size_t size = k_local_size + record.variable_size();
    if (!add_variable_part(record, peek(size).substr(k_local_size)) && !record.entry.has_descriptor()) {
        m_context.fail(offset, fmt::format("{}: its extra field is damaged or lacks zip64 sizes",
                                           printable_name(record.entry.name)));
    }
    m_file->skip(size);
    record.entry.header_offset = offset;
    return std::move(record.entry);
}

void StreamReader::skip(const DirectoryEntry& entry) {
    EntryReader reader(entry, m_context, m_guard);
    std::vector<char> buffer(std::size_t{16} << 10);
    while (reader.read(*m_file, buffer) > 0) {
    }
}

std::unique_ptr<ByteSource> StreamReader::open(const DirectoryEntry& entry) {
    return std::make_unique<EntrySource>(std::move(m_file), EntryReader(entry, m_context, m_guard));
}

}  // namespace snapq::zip
