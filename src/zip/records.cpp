#include "zip/records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "support/numbers.hpp"

namespace snapq::zip {
namespace {

constexpr std::uint16_t k_zip64_id = 1;
constexpr std::uint32_t k_in_zip64 = 0xffffffff;
constexpr std::uint16_t k_count_in_zip64 = 0xffff;

std::uint16_t u16(std::string_view record, std::size_t at) {
    return load_le<std::uint16_t>(record, at);
}
std::uint32_t u32(std::string_view record, std::size_t at) {
    return load_le<std::uint32_t>(record, at);
}
std::uint64_t u64(std::string_view record, std::size_t at) {
    return load_le<std::uint64_t>(record, at);
}

// The content of the zip64 extra field, empty when there is none; nullopt when a field extends beyond the end
// of `extra`.
std::optional<std::string_view> zip64_field(std::string_view extra) {
    std::string_view found;
    while (extra.size() >= 4) {
        const std::size_t size = u16(extra, 2);
        if (size > extra.size() - 4) return std::nullopt;
        if (u16(extra, 0) == k_zip64_id) found = extra.substr(4, size);
        extra.remove_prefix(4 + size);
    }
    return found;
}

}  // namespace

EntryRecord parse_local_header(std::string_view record) {
    return {.entry = {.name = {},
                      .method = u16(record, 8),
                      .crc32 = u32(record, 14),
                      .compressed_size = u32(record, 18),
                      .size = u32(record, 22),
                      .flags = u16(record, 6)},
            .name_size = u16(record, 26),
            .extra_size = u16(record, 28)};
}

EntryRecord parse_directory_record(std::string_view record) {
    return {.entry = {.name = {},
                      .method = u16(record, 10),
                      .crc32 = u32(record, 16),
                      .compressed_size = u32(record, 20),
                      .size = u32(record, 24),
                      .header_offset = u32(record, 42),
                      .flags = u16(record, 8)},
            .name_size = u16(record, 28),
            .extra_size = u16(record, 30),
            .comment_size = u16(record, 32)};
}

bool add_variable_part(EntryRecord& record, std::string_view variable) {
    DirectoryEntry& entry = record.entry;
    entry.name = variable.substr(0, record.name_size);
    auto values = zip64_field(variable.substr(record.name_size, record.extra_size));
    if (!values) return false;
    // The field holds only the values that do not fit into 32 bits, in this order.
    for (std::uint64_t* value : {&entry.size, &entry.compressed_size, &entry.header_offset}) {
        if (*value != k_in_zip64) continue;
        if (values->size() < 8) return false;
        *value = u64(*values, 0);
        values->remove_prefix(8);
    }
    return true;
}

bool agrees_with(std::uint64_t field, std::uint64_t value) {
    return field == k_in_zip64 || field == value;
}

EndRecord parse_end(std::string_view record) {
    return {.offset = u32(record, 16),
            .size = u32(record, 12),
            .entry_count = u16(record, 10),
            .is_split = u16(record, 4) != 0 || u16(record, 6) != 0 || u16(record, 8) != u16(record, 10)};
}

EndRecord parse_end64(std::string_view record) {
    return {.offset = u64(record, 48), .size = u64(record, 40), .entry_count = u64(record, 32)};
}

bool agree(const EndRecord& ordinary, const EndRecord& zip64) {
    return agrees_with(ordinary.offset, zip64.offset) && agrees_with(ordinary.size, zip64.size) &&
           (ordinary.entry_count == k_count_in_zip64 || ordinary.entry_count == zip64.entry_count);
}

std::optional<std::size_t> find_end_record(std::string_view tail) {
    std::size_t at = tail.rfind(k_end_signature);
    while (at != std::string_view::npos) {
        const std::size_t size = tail.size() - at;
        if (size >= k_end_size && size - k_end_size == u16(tail, at + 20)) return at;
        if (at == 0) break;
        at = tail.rfind(k_end_signature, at - 1);
    }
    return std::nullopt;
}

std::uint64_t parse_locator64(std::string_view locator) {
    return u64(locator, 8);
}

std::optional<std::size_t> matching_descriptor(std::string_view text, const DirectoryEntry& actual) {
    const std::size_t crc_at = text.starts_with(k_descriptor_signature) ? k_descriptor_signature.size() : 0;
    const std::size_t sizes_at = crc_at + 4;
    if (text.size() < sizes_at + 8 || u32(text, crc_at) != actual.crc32) return std::nullopt;
    if (u32(text, sizes_at) == actual.compressed_size && u32(text, sizes_at + 4) == actual.size)
        return sizes_at + 8;
    if (text.size() < sizes_at + 16 || u64(text, sizes_at) != actual.compressed_size ||
        u64(text, sizes_at + 8) != actual.size) {
        return std::nullopt;
    }
    return sizes_at + 16;
}

std::string printable_name(std::string_view name) {
    constexpr std::size_t k_longest = 80;
    std::string text;
    for (const char c : name) {
        if (text.size() >= k_longest) return text + "…";
        const bool is_plain = c >= ' ' && c <= '~' && c != '\\';
        text += is_plain ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return text.empty() ? "(no name)" : text;
}

namespace {

// A writer that cannot seek leaves sizes and checksum out of the local header. Sizes above 4 GiB are in an
// extra field.
bool agrees(const DirectoryEntry& local, const DirectoryEntry& entry) {
    if (local.method != entry.method || local.is_encrypted() != entry.is_encrypted()) return false;
    if (local.has_descriptor()) return true;
    return local.crc32 == entry.crc32 && agrees_with(local.compressed_size, entry.compressed_size) &&
           agrees_with(local.size, entry.size);
}

}  // namespace

Directory::Directory(std::shared_ptr<const io::RandomAccessBytes> file, io::ErrorContext context)
    : m_file(std::move(file)), m_context(std::move(context)) {
    find_directory();
    auto part = std::make_shared<io::BytesWindow>(m_file, m_end.offset, m_end.size);
    m_records =
        std::make_unique<io::Window>(std::make_unique<io::ForwardBytes>(std::move(part)), m_end.offset);
}

void Directory::fail(std::uint64_t offset, const std::string& message) const {
    m_context.fail(std::min(offset, m_file->size()), message);
}

std::string Directory::read(std::uint64_t offset, std::uint64_t size) const {
    std::string bytes(static_cast<std::size_t>(size), '\0');
    m_file->read_at(offset, bytes);
    return bytes;
}

void Directory::find_directory() {
    const std::uint64_t tail_size = std::min<std::uint64_t>(m_file->size(), k_end_size + k_max_comment_size);
    const std::uint64_t tail_offset = m_file->size() - tail_size;
    const std::string tail = read(tail_offset, tail_size);
    const auto at = find_end_record(tail);
    if (!at) fail(m_file->size(), "the zip file has no directory at its end; it is truncated or damaged");
    const std::uint64_t offset = tail_offset + *at;
    m_end = parse_end(std::string_view(tail).substr(*at));
    m_end_offset = offset;
    if (m_end.is_split) fail(offset, "the zip file is one part of several");
    // Some writers add the zip64 record only where it is needed. libzip adds it as soon as an entry might
    // need it.
    if (const auto zip64 = read_end64(offset)) {
        if (!agree(m_end, *zip64)) fail(offset, "the two end records of the zip file contradict each other");
        m_end = *zip64;
    }
    if (m_end.offset > m_end_offset || m_end.size != m_end_offset - m_end.offset) {
        fail(offset,
             fmt::format("the zip directory ({} bytes at {}) does not end where its end record begins",
                         m_end.size, m_end.offset));
    }
}

// Reads the zip64 end record, if there is one before the ordinary end record at `end_offset`. Sets
// m_end_offset.
std::optional<EndRecord> Directory::read_end64(std::uint64_t end_offset) {
    if (end_offset < k_locator64_size + k_end64_size) return std::nullopt;
    const std::uint64_t locator_offset = end_offset - k_locator64_size;
    const std::string locator = read(locator_offset, k_locator64_size);
    if (!locator.starts_with(k_locator64_signature)) return std::nullopt;
    const std::uint64_t offset = parse_locator64(locator);
    if (offset > locator_offset - k_end64_size)
        fail(locator_offset, "the zip64 locator points outside the file");
    const std::string record = read(offset, k_end64_size);
    if (!record.starts_with(k_end64_signature)) fail(offset, "the zip64 end record is missing");
    m_end_offset = offset;
    return parse_end64(record);
}

std::optional<DirectoryEntry> Directory::next() {
    std::string_view text = m_records->peek(k_directory_record_size);
    const std::uint64_t offset = m_records->offset();
    if (text.empty()) {
        if (m_entry_count == m_end.entry_count) return std::nullopt;
        fail(m_end.offset, fmt::format("the zip directory says that it has {} entries, but has {}",
                                       m_end.entry_count, m_entry_count));
    }
    if (text.size() < k_directory_record_size || !text.starts_with(k_directory_signature))
        fail(offset, "the zip directory is damaged: no entry begins here");
    EntryRecord record = parse_directory_record(text);
    const std::size_t size = k_directory_record_size + record.variable_size();
    text = m_records->peek(size);
    if (text.size() < size) fail(offset, "the zip directory is damaged: an entry reaches beyond its end");
    if (!add_variable_part(record, text.substr(k_directory_record_size))) {
        fail(offset, fmt::format("{}: its extra field is damaged or lacks zip64 sizes",
                                 printable_name(record.entry.name)));
    }
    m_records->skip(size);
    ++m_entry_count;
    return std::move(record.entry);
}

void Directory::locate(DirectoryEntry& entry) const {
    const std::string shown = printable_name(entry.name);
    const std::uint64_t offset = entry.header_offset;
    const std::uint64_t end = m_end.offset;
    const std::size_t size = k_local_size + entry.name.size();
    if (offset > end || end - offset < size)
        fail(offset, fmt::format("{}: its local header lies outside the entries", shown));
    const std::string header = read(offset, size);
    const EntryRecord local = parse_local_header(header);
    if (!header.starts_with(k_local_signature) || local.name_size != entry.name.size() ||
        std::string_view(header).substr(k_local_size) != entry.name) {
        fail(offset, fmt::format("{}: the zip directory points to something else", shown));
    }
    entry.data_offset = offset + size + local.extra_size;
    if (entry.data_offset > end || entry.compressed_size > end - entry.data_offset) {
        fail(offset, fmt::format("{}: its {} bytes reach beyond the entries", shown, entry.compressed_size));
    }
    if (!agrees(local.entry, entry))
        fail(offset, fmt::format("{}: its local header contradicts the zip directory", shown));
    if (entry.has_method(ZipMethod::store) && entry.size != entry.compressed_size)
        fail(offset, fmt::format("{}: a stored entry has two different sizes", shown));
}

}  // namespace snapq::zip
