// The keys by which `--by` groups allocations, and the names of the groups. The rules are in
// docs/snapshots.md.
//
// Each allocation has exactly one key of each kind. Some kinds depend on the allocation's stack and are read
// from table `stacks`; the others are a column of table `allocations`.
//
// To add a kind, add a value of KeyKind, a row of the table in keys.cpp, its name in StackKeys::key_of_row()
// or ColumnKeys::key_in(), and a row in docs/commands.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analysis/stack_frames.hpp"
#include "archive/sqlite/database.hpp"
#include "frames/stack_class.hpp"
#include "report/live_rows.hpp"

namespace snapq::analysis {

enum class KeyKind : std::uint8_t {
    site,
    user_frame,
    op,
    function,
    file,
    stack,
    node,
    stream,
    pool,
    size,
    state,
    metadata,
    pytorch_category,
    category,
    phase,
    module,
};

struct KeyKindInfo {
    KeyKind kind;
    std::string_view name;  // in `--by`
    // SQL over `allocations` (?1 is the device, ?2 the event) and, with maxima, over `stream_totals`; empty:
    // the key depends on the stack.
    std::string_view column;
    bool has_maxima;        // the highest bytes of each key are in `stack_totals` or `stream_totals`
    bool is_in_snapviewer;  // needs only a size and the text of a stack, as in SnapViewer's table
};

// All kinds, in the order of KeyKind and of help texts.
[[nodiscard]] std::span<const KeyKindInfo> key_kinds();
[[nodiscard]] const KeyKindInfo& info_of(KeyKind kind);

[[nodiscard]] std::optional<KeyKind> key_kind_named(std::string_view name);
[[nodiscard]] std::string_view name_of(KeyKind kind);
// Whether rows can be named by several frames, see StackKeys.
[[nodiscard]] constexpr bool has_site_depth(KeyKind kind) {
    return kind == KeyKind::site || kind == KeyKind::user_frame;
}
// Whether the number of modules in a name can be limited, see StackKeys.
[[nodiscard]] constexpr bool has_module_depth(KeyKind kind) {
    return kind == KeyKind::module;
}
// "site, user-frame, op, …" for messages and help texts.
[[nodiscard]] std::string key_kind_list();
// The kinds by which an archive of SnapViewer's converter can be grouped.
[[nodiscard]] std::string snapviewer_key_kind_list();

inline constexpr std::string_view k_before_recording = "[before recording]";
inline constexpr std::string_view k_no_stack = "[no stack]";
inline constexpr std::string_view k_backward = "[backward]";
// Written in front of the site of the forward call, for memory of the backward pass whose own stack has no
// site.
using frames::k_backward_of;
inline constexpr std::string_view k_pending_free = "[pending free]";
inline constexpr std::string_view k_module_arrow = " > ";  // between a module and the module that it calls
inline constexpr std::string_view k_outside_modules = "[outside modules]";
inline constexpr std::string_view k_other = "[other]";  // the sum of the rows that are not listed

// The last two parts of a path: "/home/ada/tinylm/attention.py" becomes "tinylm/attention.py", and
// "D:\tinylm\attention.py" becomes "tinylm\attention.py".
[[nodiscard]] std::string short_path(std::string_view path);

// Finds the keys of the stacks of one archive. Each call is one search by primary key; only frames are kept,
// a bounded number of them, because many stacks may have the same frame, whose name may have a megabyte. Use
// it in one thread.
class StackKeys {
public:
    struct Frame {
        std::string file;
        report::MaybeInteger line;
        std::string function;

        friend bool operator==(const Frame&, const Frame&) = default;
    };

    // `database` must outlive this object. `user_prefixes`: beginnings of paths of user code, for
    // KeyKind::user_frame only; empty: the stored user frame, which is outside any installed package.
    // `site_depth`: from 1; with 2 or more, the keys of the kinds site and user_frame also name the next
    // outer frames of the same kind. `module_depth`: a key of the kind module names at most so many modules,
    // the outermost ones; 0: all.
    StackKeys(archive::Database& database, KeyKind kind, std::vector<std::string> user_prefixes = {},
              std::size_t site_depth = 1, std::size_t module_depth = 0);

    // `stack_id`: nullopt when no stack was recorded. `preexisting`: allocated before the first event.
    [[nodiscard]] report::Key key_of(report::MaybeInteger stack_id, bool preexisting);

    // The frames that the last key_of() added to the first one, at most `site_depth` - 1.
    [[nodiscard]] const std::vector<Frame>& callers() const { return m_callers; }

    // The modules of the last key_of(), outermost first; empty outside modules, and for other kinds.
    [[nodiscard]] const std::vector<ModuleCall>& modules() const { return m_modules; }

private:
    [[nodiscard]] std::string_view name_without_stack(bool preexisting);
    [[nodiscard]] std::optional<Frame> user_frame(std::int64_t stack_id);
    // The innermost frame of the stack whose file begins with one of the prefixes.
    [[nodiscard]] std::optional<Frame> frame_below_prefixes(std::int64_t stack_id);
    [[nodiscard]] bool is_named_by_forward() const;
    // The stack that has the site frame: the stack itself, or its forward stack.
    [[nodiscard]] std::int64_t stack_with_site(std::int64_t stack_id);
    // The frame whose id is in this column of m_stack.
    [[nodiscard]] std::optional<Frame> frame_in_row(int column);
    [[nodiscard]] report::Key key_of_row(std::int64_t stack_id);
    [[nodiscard]] report::Key node_in_row() const;
    [[nodiscard]] report::Key module_key(std::int64_t stack_id);
    void name_by_frame(report::Key& key, const Frame& frame) const;
    [[nodiscard]] bool is_own(const Frame& frame) const;
    [[nodiscard]] std::vector<Frame> callers_of(std::int64_t stack_id, const Frame& innermost);
    [[nodiscard]] bool stacks_are_python_only();

    archive::Database& m_database;
    KeyKind m_kind;
    std::vector<std::string> m_user_prefixes;
    archive::Query m_stack;
    FrameCache<Frame> m_frames;
    std::size_t m_site_depth;
    std::vector<Frame> m_callers;
    std::vector<ModuleCall> m_modules;
    std::optional<ModuleChains> m_chains;     // only for modules
    std::optional<archive::Query> m_forward;  // the id of the forward stack, on first use
    std::optional<bool> m_python_only;
};

// A stream is recorded as a pointer. Outputs number the streams of a device from 1, in the order of table
// `stream_totals`. Stream 0, the default, has no number.
class StreamNumbers {
public:
    StreamNumbers(archive::Database& database, std::int64_t device);
    [[nodiscard]] std::optional<std::int64_t> of(std::int64_t stream) const;
    [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(m_numbers.size()); }

private:
    std::unordered_map<std::int64_t, std::int64_t> m_numbers;
};

// Finds the keys of a kind that is a column of the allocations of one device.
class ColumnKeys {
public:
    ColumnKeys(archive::Database& database, std::int64_t device, KeyKind kind);

    // SQL for column 0 of the rows: KeyKindInfo::column, or its replacement in an archive without this
    // column.
    [[nodiscard]] const std::string& column() const { return m_column; }
    // The key in column 0 of a row.
    [[nodiscard]] report::Key key_in(const archive::Query& row);

private:
    [[nodiscard]] report::Key text_key(report::MaybeInteger string_id, std::string_view name_without);

    KeyKind m_kind;
    std::string m_column;
    std::optional<archive::Query> m_string;
    std::optional<StreamNumbers> m_streams;  // only for streams
};

// Names the streams of a device for sentences: "stream 0", "stream 2 (0x55ca38e4f090)". Numbers too small for
// a pointer are shown as they are.
class StreamNames {
public:
    StreamNames(archive::Database& database, std::int64_t device);
    [[nodiscard]] std::string name_of(std::int64_t stream) const;

private:
    StreamNumbers m_streams;
};

// A key that is not the name of a frame.
[[nodiscard]] report::Key bare_key(std::string_view name);
// The key of a stream that is not known is "[unknown]". `ordinal`: the number of the stream in StreamNumbers;
// its value is a pointer, which says nothing to a reader.
[[nodiscard]] report::Key stream_key(report::MaybeInteger stream, std::int64_t ordinal);
[[nodiscard]] report::Key pool_key(const std::optional<std::string>& pool);
[[nodiscard]] report::Key size_key(std::int64_t bytes);

// Makes keys from the text of a stack. SnapViewer's archives store only this text, no frames.
//
// `callstack`: the text of a stack, see frames::next_frame. Site and user frame follow the same rules as in
// our own archives (frames/stack_rules.hpp). `site_depth` as for StackKeys. `by` is site, user-frame,
// function, file or stack.
[[nodiscard]] report::Key callstack_key(std::string_view callstack, KeyKind by, std::size_t site_depth = 1);

}  // namespace snapq::analysis
