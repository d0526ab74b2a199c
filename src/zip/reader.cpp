#include "zip/reader.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "support/error.hpp"
#include "zip/entry_stream.hpp"
#include "zip/records.hpp"

namespace snapq::zip {
namespace {

// Signatures, sizes and member offsets are those of PKWARE's APPNOTE 6.3.
constexpr std::string_view k_end64_signature("PK\x06\x06", 4);
constexpr std::string_view k_locator64_signature("PK\x06\x07", 4);
constexpr std::uint64_t k_central_size = 46;
constexpr std::uint64_t k_end_size = 22;
constexpr std::uint64_t k_end64_size = 56;
constexpr std::uint64_t k_locator64_size = 20;
constexpr std::uint64_t k_longest_comment = 0xffff;
constexpr std::uint32_t k_in_zip64 = 0xffffffff;
constexpr std::uint16_t k_count_in_zip64 = 0xffff;
constexpr std::uint16_t k_zip64_extra = 1;
constexpr std::uint16_t k_flag_encrypted = 1;
constexpr std::uint16_t k_flag_sizes_follow = 8;

// Archives have a handful of entries, torch.save files some thousands; this is 200 000 of them.
constexpr std::uint64_t k_largest_directory = std::uint64_t{16} << 20;

// Little-endian numbers out of a record whose size was checked.
template <typename T>
T number_at(std::string_view record, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = sizeof(T); i > 0; --i)
        value = value << 8 | static_cast<unsigned char>(record.at(at + i - 1));
    return static_cast<T>(value);
}
std::uint16_t u16(std::string_view record, std::size_t at) {
    return number_at<std::uint16_t>(record, at);
}
std::uint32_t u32(std::string_view record, std::size_t at) {
    return number_at<std::uint32_t>(record, at);
}
std::uint64_t u64(std::string_view record, std::size_t at) {
    return number_at<std::uint64_t>(record, at);
}

std::string bytes_at(const io::FileBytes& file, std::uint64_t offset, std::uint64_t size) {
    std::string bytes(static_cast<std::size_t>(size), '\0');
    file.read_at(offset, bytes);
    return bytes;
}

struct Directory {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t count = 0;
    std::uint64_t end = 0;  // where the record lies that describes it
};

class DirectoryParser {
public:
    explicit DirectoryParser(const io::FileBytes& file) : m_file(file) {}

    std::vector<DirectoryEntry> parse() {
        m_directory = find_directory();
        std::vector<DirectoryEntry> entries = parse_entries();
        check_names(entries);
        for (DirectoryEntry& entry : entries) check_local_header(entry);
        check_overlaps(entries);
        return entries;
    }

private:
    template <typename... Args>
    [[noreturn]] void fail(std::uint64_t offset, fmt::format_string<Args...> format, Args&&... args) const {
        // A damaged directory may point anywhere.
        const std::uint64_t place = std::min(offset, m_file.size());
        throw InputError(m_file.name(), fmt::format(format, std::forward<Args>(args)...), place);
    }

    // The end record is the last thing in the file, but for a comment of at most 65 535 bytes.
    Directory find_directory() const {
        const std::uint64_t tail_size = std::min(m_file.size(), k_end_size + k_longest_comment);
        const std::string tail = bytes_at(m_file, m_file.size() - tail_size, tail_size);
        for (std::size_t at = tail.rfind(k_end_signature); at != std::string::npos && tail_size >= k_end_size;
             at = at == 0 ? std::string::npos : tail.rfind(k_end_signature, at - 1)) {
            const std::string_view record = std::string_view(tail).substr(at);
            if (record.size() < k_end_size || record.size() - k_end_size != u16(record, 20)) continue;
            return read_end(record, m_file.size() - record.size());
        }
        fail(m_file.size(), "the zip file has no directory at its end; it is cut or damaged");
    }

    Directory read_end(std::string_view record, std::uint64_t record_offset) const {
        if (u16(record, 4) != 0 || u16(record, 6) != 0 || u16(record, 8) != u16(record, 10)) {
            fail(record_offset, "the zip file is one part of several");
        }
        Directory directory{.offset = u32(record, 16),
                            .size = u32(record, 12),
                            .count = u16(record, 10),
                            .end = record_offset};
        // Some writers add the zip64 record only where it is needed, libzip as soon as an entry might need
        // it.
        if (const auto large = read_end64(record_offset)) {
            const auto same = [](std::uint64_t here, std::uint64_t there, std::uint64_t nowhere) {
                return here == nowhere || here == there;
            };
            if (!same(directory.offset, large->offset, k_in_zip64) ||
                !same(directory.size, large->size, k_in_zip64) ||
                !same(directory.count, large->count, k_count_in_zip64)) {
                fail(record_offset, "the two end records of the zip file contradict each other");
            }
            directory = *large;
        }
        if (directory.size > k_largest_directory) {
            fail(record_offset, "a zip directory of {} bytes is no archive's", directory.size);
        }
        if (directory.offset > directory.end || directory.size != directory.end - directory.offset) {
            fail(record_offset, "the zip directory ({} bytes at {}) does not end where its end record begins",
                 directory.size, directory.offset);
        }
        return directory;
    }

    // The larger end record that may lie before the ordinary one at `end_offset`.
    std::optional<Directory> read_end64(std::uint64_t end_offset) const {
        if (end_offset < k_locator64_size + k_end64_size) return std::nullopt;
        const std::uint64_t locator_offset = end_offset - k_locator64_size;
        const std::string locator = bytes_at(m_file, locator_offset, k_locator64_size);
        if (!locator.starts_with(k_locator64_signature)) return std::nullopt;
        const std::uint64_t offset = u64(locator, 8);
        if (offset > locator_offset - k_end64_size) {
            fail(locator_offset, "the zip64 locator points outside the file");
        }
        const std::string record = bytes_at(m_file, offset, k_end64_size);
        if (!record.starts_with(k_end64_signature)) fail(offset, "the zip64 end record is missing");
        return Directory{
            .offset = u64(record, 48), .size = u64(record, 40), .count = u64(record, 32), .end = offset};
    }

    std::vector<DirectoryEntry> parse_entries() const {
        const std::string text = bytes_at(m_file, m_directory.offset, m_directory.size);
        std::vector<DirectoryEntry> entries;
        std::string_view rest = text;
        while (!rest.empty()) {
            const std::uint64_t offset = m_directory.offset + (text.size() - rest.size());
            entries.push_back(parse_entry(rest, offset));
        }
        if (entries.size() != m_directory.count) {
            fail(m_directory.offset, "the zip directory announces {} entries and has {}", m_directory.count,
                 entries.size());
        }
        return entries;
    }

    // Takes one record off the front of `rest`, which lies at `offset` of the file.
    DirectoryEntry parse_entry(std::string_view& rest, std::uint64_t offset) const {
        if (rest.size() < k_central_size || !rest.starts_with(k_central_signature)) {
            fail(offset, "the zip directory is damaged: no entry begins here");
        }
        const std::uint64_t name_size = u16(rest, 28);
        const std::uint64_t extra_size = u16(rest, 30);
        const std::uint64_t record_size = k_central_size + name_size + extra_size + u16(rest, 32);
        if (rest.size() < record_size)
            fail(offset, "the zip directory is damaged: an entry reaches beyond its end");
        DirectoryEntry entry{.name = std::string(rest.substr(k_central_size, name_size)),
                             .method = u16(rest, 10),
                             .crc32 = u32(rest, 16),
                             .compressed_size = u32(rest, 20),
                             .size = u32(rest, 24),
                             .header_offset = u32(rest, 42)};
        if ((u16(rest, 8) & k_flag_encrypted) != 0)
            fail(offset, "{}: is encrypted", printable_name(entry.name));
        read_zip64(entry, rest.substr(k_central_size + name_size, extra_size), offset);
        rest.remove_prefix(record_size);
        return entry;
    }

    // Members that do not fit 32 bits stand in an extra field, in this order, and only those.
    void read_zip64(DirectoryEntry& entry, std::string_view extra, std::uint64_t offset) const {
        std::string_view values;
        while (extra.size() >= 4) {
            const std::uint16_t size = u16(extra, 2);
            if (extra.size() - 4 < size) fail(offset, "{}: damaged extra field", printable_name(entry.name));
            if (u16(extra, 0) == k_zip64_extra) values = extra.substr(4, size);
            extra.remove_prefix(std::size_t{4} + size);
        }
        for (std::uint64_t* member : {&entry.size, &entry.compressed_size, &entry.header_offset}) {
            if (*member != k_in_zip64) continue;
            if (values.size() < 8)
                fail(offset, "{}: its zip64 sizes are missing", printable_name(entry.name));
            *member = u64(values, 0);
            values.remove_prefix(8);
        }
    }

    void check_names(const std::vector<DirectoryEntry>& entries) const {
        std::set<std::string_view> seen;
        for (const DirectoryEntry& entry : entries) {
            const std::string shown = printable_name(entry.name);
            if (!is_harmless(entry.name)) {
                fail(entry.header_offset, "{}: an entry must not be named so (absolute, empty or climbing)",
                     shown);
            }
            if (!seen.insert(entry.name).second) {
                fail(entry.header_offset, "{}: two entries of the zip file have this name", shown);
            }
        }
    }

    static bool is_harmless(std::string_view name) {
        if (name.empty() || name.front() == '/' || name.find('\0') != std::string_view::npos) return false;
        if (name.find('\\') != std::string_view::npos || (name.size() > 1 && name[1] == ':')) return false;
        return name != ".." && !name.starts_with("../") && !name.ends_with("/..") &&
               name.find("/../") == std::string_view::npos;
    }

    void check_local_header(DirectoryEntry& entry) const {
        const std::string shown = printable_name(entry.name);
        const std::uint64_t offset = entry.header_offset;
        const std::uint64_t end = m_directory.offset;
        if (offset > end || end - offset < k_local_size + entry.name.size()) {
            fail(offset, "{}: its header lies outside the file", shown);
        }
        const std::string header = bytes_at(m_file, offset, k_local_size + entry.name.size());
        if (!header.starts_with(k_local_signature) || u16(header, 26) != entry.name.size() ||
            std::string_view(header).substr(k_local_size) != entry.name) {
            fail(offset, "{}: the zip directory points to something else", shown);
        }
        entry.data_offset = offset + header.size() + u16(header, 28);
        if (entry.data_offset > end || entry.compressed_size > end - entry.data_offset) {
            fail(offset, "{}: its {} bytes reach beyond the entries", shown, entry.compressed_size);
        }
        if (!agrees(header, entry)) fail(offset, "{}: its header contradicts the zip directory", shown);
        if (entry.method == static_cast<std::uint16_t>(ZipMethod::store) &&
            entry.size != entry.compressed_size) {
            fail(offset, "{}: a stored entry of two sizes", shown);
        }
    }

    // A writer that could not seek leaves sizes and checksum out here; zip64 ones are in an extra field.
    static bool agrees(std::string_view header, const DirectoryEntry& entry) {
        if (u16(header, 8) != entry.method || (u16(header, 6) & k_flag_encrypted) != 0) return false;
        if ((u16(header, 6) & k_flag_sizes_follow) != 0) return true;
        const auto same = [](std::uint32_t here, std::uint64_t there) {
            return here == k_in_zip64 || here == there;
        };
        return u32(header, 14) == entry.crc32 && same(u32(header, 18), entry.compressed_size) &&
               same(u32(header, 22), entry.size);
    }

    void check_overlaps(const std::vector<DirectoryEntry>& entries) const {
        std::vector<const DirectoryEntry*> ordered;
        for (const DirectoryEntry& entry : entries) ordered.push_back(&entry);
        std::ranges::sort(ordered, {}, &DirectoryEntry::header_offset);
        for (std::size_t i = 1; i < ordered.size(); ++i) {
            const DirectoryEntry& before = *ordered[i - 1];
            if (before.data_offset + before.compressed_size <= ordered[i]->header_offset) continue;
            fail(ordered[i]->header_offset, "{}: overlaps with {}", printable_name(ordered[i]->name),
                 printable_name(before.name));
        }
    }

    const io::FileBytes& m_file;
    Directory m_directory;
};

}  // namespace

ZipReader::ZipReader(std::shared_ptr<const io::FileBytes> file) : m_file(std::move(file)) {
    m_entries = DirectoryParser(*m_file).parse();
}

const DirectoryEntry* ZipReader::find(std::string_view name) const {
    const auto found = std::ranges::find(m_entries, name, &DirectoryEntry::name);
    return found == m_entries.end() ? nullptr : &*found;
}

std::shared_ptr<const io::RandomAccessBytes> ZipReader::compressed(const DirectoryEntry& entry) const {
    return std::make_shared<io::BytesWindow>(m_file, entry.data_offset, entry.compressed_size);
}

std::unique_ptr<ByteSource> ZipReader::open(const DirectoryEntry& entry) const {
    return open_entry_stream(m_file, entry);
}

bool looks_like_zip(const io::RandomAccessBytes& bytes) {
    if (bytes.size() < k_local_signature.size()) return false;
    std::string start(k_local_signature.size(), '\0');
    bytes.read_at(0, start);
    return start == k_local_signature || start == k_end_signature;
}

std::string printable_name(std::string_view name) {
    constexpr std::size_t k_longest = 80;
    std::string text;
    for (const char c : name) {
        if (text.size() >= k_longest) return text + "…";
        const bool plain = c >= ' ' && c <= '~' && c != '\\';
        text += plain ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return text.empty() ? "(no name)" : text;
}

}  // namespace snapq::zip
