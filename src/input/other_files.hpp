// Files that users pass by mistake: what each of them is, and what to do instead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace snapq::input {

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
