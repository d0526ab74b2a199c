// Recognises a file by its first bytes. The name does not matter: a `snapshot.pickle` is often gzip, and a
// `.gz` file is sometimes not compressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace snapq::input {

struct Container;

enum class FileKind : std::uint8_t {
    pickle,  // protocols 0 to 5
    json,
    container,  // with a snapshot or anything else inside
    other       // not readable by snapq
};

struct Sniffed {
    FileKind kind = FileKind::other;
    const Container* container = nullptr;  // set only for kind `container`
    // "a PNG picture", "an empty file". Set only for kind `other`, for the message "this is …, not a memory
    // snapshot".
    std::string what = {};
    std::string hint = {};  // what to do instead; may be empty
    // Number of bytes before the content: 3 for a UTF-8 byte order mark before JSON.
    std::size_t skip = 0;
};

// In bytes; enough for every rule.
inline constexpr std::size_t k_sniff_bytes = 4096;

// `head` is the first k_sniff_bytes of a file, or a shorter file as a whole.
Sniffed sniff(std::string_view head);

// The first byte after blanks and a UTF-8 byte order mark; NUL when there is none. The official pages begin
// with a newline.
char first_text_byte(std::string_view head);

// Recognises the file at `path` and closes it. Throws InputError when the file does not exist, is a directory
// or is unreadable.
Sniffed sniff_file(const std::string& path);

}  // namespace snapq::input
