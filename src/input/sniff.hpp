// Recognises a file by its first bytes, also those files that users pass by mistake. The name does not
// matter: a `snapshot.pickle` is often gzip, and a `.gz` file is sometimes not compressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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

struct OtherFile {
    std::string_view what;       // "a PNG picture", for the message "this is …, not a memory snapshot"
    std::string_view hint = {};  // may be empty
};

// How to make a snapshot, as a hint.
inline constexpr std::string_view k_how_to_record =
    "a snapshot is made by torch.cuda.memory._record_memory_history() before the model is built and "
    "torch.cuda.memory._dump_snapshot(\"run.pickle\") afterwards";

// `head` is the beginning of a file that is not a container; see sniff(). The first two functions return
// nullopt when the file can be a snapshot or is unknown.
[[nodiscard]] std::optional<OtherFile> other_binary_file(std::string_view head);
// Also text that looks like JSON but is not a snapshot.
[[nodiscard]] std::optional<OtherFile> other_text_file(std::string_view head);
// Describes a file that no other rule recognises.
[[nodiscard]] OtherFile unknown_file(std::string_view head);

// Finds out what a page without a snapshot is.
class PageKind {
public:
    // In bytes; no known text is longer.
    static constexpr std::size_t k_overlap = 64;

    // Looks at the next bytes of the page. A piece begins k_overlap bytes before the end of the piece before
    // it, so that no text is cut in two.
    void look_at(std::string_view piece);

    // The kind, after the whole page has been looked at.
    [[nodiscard]] OtherFile file() const;

private:
    std::size_t m_first = SIZE_MAX;  // index of the first known text that was found
};

}  // namespace snapq::input
