// What allocations are grouped by (`--by`), and the names of the groups. Rules: design section 2.3.
//
// Each allocation has exactly one key of a kind. Keys of stacks rest on what the conversion stored in table
// `stacks`; keys of streams, pools and sizes are columns of the allocation.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/sqlite/database.hpp"
#include "report/live_rows.hpp"

namespace snapq::analysis {

enum class KeyKind : std::uint8_t { site, user_frame, op, function, file, stack, stream, pool, size };

// As the user writes them: "site", "user-frame", …
[[nodiscard]] std::optional<KeyKind> key_kind_named(std::string_view name);
[[nodiscard]] std::string_view name_of(KeyKind kind);
// "site, user-frame, op, …" for messages and help.
[[nodiscard]] std::string key_kind_list();

// Whether the kind is a function of the stack (else of another column of the allocation).
[[nodiscard]] constexpr bool is_of_stack(KeyKind kind) {
    return kind < KeyKind::stream;
}

inline constexpr std::string_view k_before_recording = "[before recording]";
inline constexpr std::string_view k_no_stack = "[no stack]";
inline constexpr std::string_view k_backward = "[backward]";

// "/home/ada/tinylm/attention.py" and "D:\tinylm\attention.py" become "tinylm/attention.py",
// "tinylm\attention.py".
[[nodiscard]] std::string short_path(std::string_view path);

// Finds the key of stacks of one archive. Remembers nothing per stack, so its memory does not grow with the
// archive; every call is one search by primary key. One thread.
class StackKeys {
public:
    // `database` must outlive it. `user_prefixes`: what paths of user code begin with, for
    // KeyKind::user_frame only; empty means by the stored rule (outside any installed package).
    StackKeys(archive::Database& database, KeyKind kind, std::vector<std::string> user_prefixes = {});

    // `stack_id`: nullopt where the recording had no stack at all. `preexisting`: live before the first
    // event.
    [[nodiscard]] report::Key key_of(report::MaybeInteger stack_id, bool preexisting);

private:
    struct Frame {
        std::string file;
        report::MaybeInteger line;
        std::string function;
    };
    [[nodiscard]] std::string_view name_without_stack(bool preexisting);
    [[nodiscard]] std::optional<Frame> user_frame(std::int64_t stack_id, int stored_column);
    [[nodiscard]] std::optional<Frame> frame_in_row(int first_column) const;
    [[nodiscard]] report::Key key_of_row(std::int64_t stack_id);
    [[nodiscard]] bool stacks_are_python_only();

    archive::Database& m_database;
    KeyKind m_kind;
    std::vector<std::string> m_user_prefixes;
    archive::Query m_stack;
    std::optional<archive::Query> m_frames;  // innermost first; only for user prefixes
    std::optional<bool> m_python_only;
};

// Keys of values that are no stacks. nullopt is the key "[unknown]".
[[nodiscard]] report::Key stream_key(report::MaybeInteger stream, std::int64_t ordinal);
[[nodiscard]] report::Key pool_key(const std::optional<std::string>& pool);
[[nodiscard]] report::Key size_key(std::int64_t bytes);

}  // namespace snapq::analysis
