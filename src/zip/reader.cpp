#include "zip/reader.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "support/error.hpp"
#include "zip/records.hpp"

namespace snapq::zip {
namespace {

// The log2 of 8 MiB. A frame in an untrusted file may ask for a window that needs more memory than snapq may
// use.
constexpr int k_max_window_log = 23;

}  // namespace

bool is_supported(const DirectoryEntry& entry) {
    return entry.has_method(ZipMethod::store) || entry.has_method(ZipMethod::deflate) ||
           entry.has_method(ZipMethod::zstd);
}

EntryReader::EntryReader(DirectoryEntry entry, io::ErrorContext context,
                         std::optional<io::ExpansionGuard> guard)
    : m_entry(std::move(entry)), m_context(std::move(context)), m_guard(guard) {
    if (m_entry.has_method(ZipMethod::deflate))
        m_inflater = std::make_unique<io::Inflater>(io::Inflater::Format::raw);
    if (m_entry.has_method(ZipMethod::zstd)) m_zstd = std::make_unique<io::ZstdDecoder>(k_max_window_log);
}

std::size_t EntryReader::read(io::Window& data, std::span<char> into) {
    if (into.empty() || m_done) return 0;
    if (!m_data_begin) m_data_begin = data.offset();
    const std::size_t count = unpack(data, into);
    m_actual.compressed_size = data.offset() - *m_data_begin;
    m_actual.size += count;
    m_actual.crc32 = static_cast<std::uint32_t>(
        crc32_z(m_actual.crc32, reinterpret_cast<const Bytef*>(into.data()), count));
    if (!m_entry.has_descriptor() && m_actual.size > m_entry.size)
        m_context.fail(data.offset(), "has more bytes than the zip file says");
    if (count == 0) {
        m_done = true;
        check_end(data);
    }
    return count;
}

std::size_t EntryReader::unpack(io::Window& data, std::span<char> into) {
    if (!m_inflater && !m_zstd)
        return m_entry.has_descriptor() ? read_stored_to_descriptor(data, into) : read_stored(data, into);
    const std::size_t count =
        m_inflater ? m_inflater->read(data, into, m_context) : m_zstd->read(data, into, m_context);
    if (m_guard) m_guard->count(count, data, m_context);
    return count;
}

std::size_t EntryReader::read_stored(io::Window& data, std::span<char> into) {
    const std::uint64_t left = m_entry.compressed_size - m_actual.compressed_size;
    if (left == 0) return 0;
    const std::size_t count =
        data.read(into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left))));
    if (count == 0) m_context.fail_truncated(data.offset());
    return count;
}

std::size_t EntryReader::read_stored_to_descriptor(io::Window& data, std::span<char> into) {
    std::string_view text = data.peek(k_max_descriptor_size);
    if (text.starts_with(k_descriptor_signature) && matching_descriptor(text, m_actual)) return 0;
    if (text.empty()) m_context.fail_truncated(data.offset());
    // A signature is part of the data when its descriptor does not match. The search for the next one stops
    // at the end of this read.
    text = text.substr(0, into.size() + k_descriptor_signature.size());
    std::size_t safe = text.find(k_descriptor_signature, 1);
    if (safe == std::string_view::npos) {
        // The last three bytes may be the beginning of a signature, unless nothing follows them.
        safe = text.size() < k_descriptor_signature.size() ? text.size() : text.size() - 3;
    }
    const std::size_t count = std::min(safe, into.size());
    std::memcpy(into.data(), text.data(), count);
    data.skip(count);
    return count;
}

void EntryReader::check_end(io::Window& data) {
    if (m_entry.has_descriptor()) {
        const std::string_view text = data.peek(k_max_descriptor_size);
        const auto size = matching_descriptor(text, m_actual);
        if (!size && text.size() < k_min_descriptor_size) m_context.fail_truncated(data.offset());
        if (!size) m_context.fail(data.offset(), "damaged data (its checksum or size does not match)");
        return data.skip(*size);
    }
    if (m_actual.size != m_entry.size)
        m_context.fail(data.offset(), "has fewer bytes than the zip file says");
    if (m_actual.compressed_size != m_entry.compressed_size)
        m_context.fail(data.offset(), "damaged data (its compressed size does not match)");
    if (m_actual.crc32 != m_entry.crc32)
        m_context.fail(data.offset(), "damaged data (its checksum does not match)");
}

std::unique_ptr<ByteSource> open_entry(std::shared_ptr<const io::RandomAccessBytes> file,
                                       DirectoryEntry entry, io::ErrorContext context,
                                       std::optional<io::ExpansionGuard> guard) {
    // The directory knows the sizes, so the descriptor after the data is not needed.
    entry.flags = 0;
    const std::uint64_t begin = entry.data_offset;
    auto part = std::make_shared<io::BytesWindow>(std::move(file), begin, entry.compressed_size);
    auto data = std::make_unique<io::Window>(std::make_unique<io::ForwardBytes>(std::move(part)), begin);
    return std::make_unique<EntrySource>(std::move(data),
                                         EntryReader(std::move(entry), std::move(context), guard));
}

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
