// What a file is, by its first bytes. Names are never asked: `snapshot.pickle` is often gzip, and the
// reverse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace snapq::input {

enum class FileKind : std::uint8_t {
    pickle,  // protocols 0 to 5
    json,
    gzip,
    zstd,
    zip,   // torch.save's, one of our archives, or any other
    html,  // a page, with or without a snapshot inside
    other  // nothing snapq reads
};

struct Sniffed {
    FileKind kind = FileKind::other;
    // "a PNG picture", "an empty file"; of kind other only, for "this is …, not a memory snapshot".
    std::string what;
    // Bytes before the content: 3 for a UTF-8 byte order mark before JSON.
    std::size_t skip = 0;
};

// Enough of a file's head for every rule here.
inline constexpr std::size_t k_sniff_bytes = 4096;

// `head` is the first k_sniff_bytes of a file, or all of a shorter one.
Sniffed sniff(std::string_view head);

// Sniffs a path without keeping it open. Throws InputError when there is no such file, it is a directory or
// unreadable.
Sniffed sniff_file(const std::string& path);

}  // namespace snapq::input
