// The records of a zip file: local headers, the records of the central directory (here: the directory), and
// the end records (PKWARE's APPNOTE.TXT, sections 4.3 and 4.5). And the directory of a file that can be read
// at any offset.
//
// They are parsed here, because libzip can neither read from a pipe nor tell the offset of an entry's bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "io/file_source.hpp"
#include "io/window.hpp"

namespace snapq::zip {

inline constexpr std::string_view k_local_signature("PK\x03\x04", 4);
inline constexpr std::string_view k_directory_signature("PK\x01\x02", 4);
inline constexpr std::string_view k_descriptor_signature("PK\x07\x08", 4);
inline constexpr std::string_view k_end_signature("PK\x05\x06", 4);
inline constexpr std::string_view k_end64_signature("PK\x06\x06", 4);
inline constexpr std::string_view k_locator64_signature("PK\x06\x07", 4);

// Sizes of the records in bytes, without their names, extra fields and comments.
inline constexpr std::size_t k_local_size = 30;
inline constexpr std::size_t k_directory_record_size = 46;
inline constexpr std::size_t k_end_size = 22;
inline constexpr std::size_t k_end64_size = 56;
inline constexpr std::size_t k_locator64_size = 20;
inline constexpr std::size_t k_max_comment_size = 0xffff;

enum class ZipMethod : std::uint16_t { store = 0, deflate = 8, zstd = 93 };

// The description of an entry in a local header or in a record of the directory.
struct DirectoryEntry {
    std::string name;
    std::uint16_t method = 0;  // a ZipMethod, or a method that snapq does not support
    std::uint32_t crc32 = 0;   // of the unpacked bytes
    std::uint64_t compressed_size = 0;
    std::uint64_t size = 0;           // unpacked
    std::uint64_t header_offset = 0;  // of the local header in the file
    std::uint64_t data_offset = 0;    // of the compressed bytes in the file
    std::uint16_t flags = 0;

    [[nodiscard]] bool has_method(ZipMethod wanted) const {
        return method == static_cast<std::uint16_t>(wanted);
    }
    [[nodiscard]] bool is_encrypted() const { return (flags & 1) != 0; }
    // For a local header: the checksum and the sizes are in a descriptor after the data.
    [[nodiscard]] bool has_descriptor() const { return (flags & 8) != 0; }
};

// The fixed part of a record, and the sizes of the parts after it.
struct EntryRecord {
    DirectoryEntry entry;
    std::size_t name_size = 0;
    std::size_t extra_size = 0;
    std::size_t comment_size = 0;

    [[nodiscard]] std::size_t variable_size() const { return name_size + extra_size + comment_size; }
};

// `record` contains at least the fixed part and begins with the signature.
[[nodiscard]] EntryRecord parse_local_header(std::string_view record);
[[nodiscard]] EntryRecord parse_directory_record(std::string_view record);

// Reads the name and the zip64 sizes from the `variable_size()` bytes after the fixed part. False when the
// extra field is damaged, or has no zip64 sizes where the fixed part refers to them.
[[nodiscard]] bool add_variable_part(EntryRecord& record, std::string_view variable);

// Whether a 32-bit size or offset agrees with this value. 2^32 - 1 refers to a zip64 field, so it agrees with
// all values.
[[nodiscard]] bool agrees_with(std::uint64_t field, std::uint64_t value);

// The description of the directory in an ordinary or zip64 end record.
struct EndRecord {
    std::uint64_t offset = 0;       // of the directory in the file
    std::uint64_t size = 0;         // of the directory, in bytes
    std::uint64_t entry_count = 0;  // 2^16 - 1 in an ordinary record may refer to the zip64 record
    bool is_split = false;          // one part of an archive in several files
};

// `record` contains at least the whole fixed part and begins with the signature.
[[nodiscard]] EndRecord parse_end(std::string_view record);
[[nodiscard]] EndRecord parse_end64(std::string_view record);
// Returns false when the two contradict each other.
[[nodiscard]] bool agree(const EndRecord& ordinary, const EndRecord& zip64);

// Position of the last end record in `tail`, the last bytes of a file; nullopt when there is none. A record
// counts only if its comment ends exactly at the end of the file.
[[nodiscard]] std::optional<std::size_t> find_end_record(std::string_view tail);

// The offset of the zip64 end record, from a locator of k_locator64_size bytes.
[[nodiscard]] std::uint64_t parse_locator64(std::string_view locator);

// Length in bytes of the data descriptor at the beginning of `text`, with or without its signature. Returns
// nullopt unless the descriptor has this checksum and these sizes.
[[nodiscard]] std::optional<std::size_t> matching_descriptor(std::string_view text,
                                                             const DirectoryEntry& actual);
inline constexpr std::size_t k_max_descriptor_size = 24;  // signature, CRC, two sizes of 64 bits
inline constexpr std::size_t k_min_descriptor_size = 12;  // CRC, two sizes of 32 bits

// A name from an untrusted file, for messages: at most 80 characters. Bytes that are not printable ASCII
// become \xNN.
[[nodiscard]] std::string printable_name(std::string_view name);

// Reads the records one after another, so its memory does not depend on their number. Supports zip and zip64
// in one file. Does not support bytes before the first entry and archives that are split over several files.
// One thread. Throws InputError for a damaged directory.
class Directory {
public:
    Directory(std::shared_ptr<const io::RandomAccessBytes> file, io::ErrorContext context);

    // Size of the directory in bytes.
    [[nodiscard]] std::uint64_t size() const { return m_end.size; }
    // File offset of the end record that describes the directory.
    [[nodiscard]] std::uint64_t end_offset() const { return m_end_offset; }
    // File offset of the next record.
    [[nodiscard]] std::uint64_t offset() const { return m_records->offset(); }

    // The entries in the order of the directory, nullopt after the last. Their data_offset is not set yet.
    [[nodiscard]] std::optional<DirectoryEntry> next();

    // Sets data_offset, and checks that the local header agrees with the directory and that the data lie
    // before the directory.
    void locate(DirectoryEntry& entry) const;

    // `offset` may lie outside the file.
    [[noreturn]] void fail(std::uint64_t offset, const std::string& message) const;

private:
    [[nodiscard]] std::string read(std::uint64_t offset, std::uint64_t size) const;
    void find_directory();
    [[nodiscard]] std::optional<EndRecord> read_end64(std::uint64_t end_offset);

    std::shared_ptr<const io::RandomAccessBytes> m_file;
    io::ErrorContext m_context;
    EndRecord m_end;
    std::uint64_t m_end_offset = 0;
    std::unique_ptr<io::Window> m_records;
    std::uint64_t m_entry_count = 0;  // read so far
};

}  // namespace snapq::zip
