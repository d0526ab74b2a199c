#include "zip/records.hpp"

#include <fmt/format.h>

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

}  // namespace snapq::zip
