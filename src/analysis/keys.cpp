#include "analysis/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "analysis/categories.hpp"
#include "analysis/row_access.hpp"
#include "frames/frame_class.hpp"
#include "frames/frame_text.hpp"

namespace snapq::analysis {
namespace {

using report::Key;
using report::MaybeInteger;

// Whether the program has freed live memory, which still waits for a stream. For a block that was freed
// before the trace, there is no event of the free.
constexpr std::string_view k_is_pending =
    "(coalesce(free_requested_event, 1e18) <= ?2 OR (origin = 'preexisting_kept' AND free_requested_event IS "
    "NULL AND "
    "address IN (SELECT b.address FROM blocks b JOIN segments s USING(segment_id) WHERE s.device = ?1 AND "
    "b.state = "
    "'active_pending_free')))";

// In the order of KeyKind.
constexpr std::array k_kinds{
    KeyKindInfo{KeyKind::site, "site", "", true, true},
    KeyKindInfo{KeyKind::user_frame, "user-frame", "", true, true},
    KeyKindInfo{KeyKind::op, "op", "", true, false},
    KeyKindInfo{KeyKind::function, "function", "", true, true},
    KeyKindInfo{KeyKind::file, "file", "", true, true},
    KeyKindInfo{KeyKind::stack, "stack", "", true, true},
    KeyKindInfo{KeyKind::node, "node", "", true, false},
    KeyKindInfo{KeyKind::stream, "stream", "stream", true, false},
    KeyKindInfo{KeyKind::pool, "pool", "abbreviate(pool_id)", true, false},
    KeyKindInfo{KeyKind::size, "size", "size", false, true},
    KeyKindInfo{KeyKind::state, "state", k_is_pending, false, false},
    KeyKindInfo{KeyKind::metadata, "metadata",
                "nullif(user_metadata_id, (SELECT id FROM strings WHERE text = ''))", false, false},
    KeyKindInfo{KeyKind::pytorch_category, "pytorch-category",
                "CASE WHEN category_id IS NULL AND origin <> 'trace' THEN -1 ELSE category_id END", false,
                false},
    KeyKindInfo{KeyKind::category, "category", "abbreviate(category)", false, false},
    KeyKindInfo{KeyKind::phase, "phase", "", true, false},
    KeyKindInfo{KeyKind::module, "module", "", true, false},
};

constexpr std::string_view k_no_op = "[no op]";
constexpr std::string_view k_no_node = "[no node]";

// Whether events have stacks, but no stack has C++ frames. A recording either has C++ frames in its stacks or
// has none at all, so 1000 stacks are enough, and the time does not depend on the size of the archive. With
// context="state", only blocks have stacks, and an event without a stack tells nothing about its thread.
constexpr const char* k_python_only =
    "SELECT EXISTS (SELECT 1 FROM stack_totals t JOIN stacks s USING(stack_id) WHERE t.origin = 'trace' AND "
    "s.depth > 0) AND NOT EXISTS (SELECT 1 FROM (SELECT kind FROM stacks WHERE depth > 0 LIMIT 1000) WHERE "
    "kind IN ('cpp', 'mixed'))";

// The columns of k_stack_row.
enum StackColumn {
    k_kind,
    k_site,
    k_op,
    k_hash,
    k_node,
    k_site_frame,
    k_user_frame,
    k_phase,
};

// Names are abbreviated, because the rows of a summary hold each of them several times. The text of the
// stack, which may be long, is not read.
constexpr const char* k_stack_row =
    "SELECT abbreviate(kind), abbreviate(site), abbreviate(op), stack_hash, abbreviate(backward_node), "
    "site_frame_id, user_frame_id, {} FROM stacks WHERE stack_id = ?1";

// Archives of earlier versions have no phases.
std::string stack_row_sql(archive::Database& database, KeyKind kind) {
    if (kind != KeyKind::phase) return fmt::format(k_stack_row, "NULL");
    require_column_of_phases(database, "stacks", "phase", "phases");
    return fmt::format(k_stack_row, "abbreviate(phase)");
}

std::string line_text(MaybeInteger line) {
    return line ? std::to_string(*line) : "?";
}

StackKeys::Frame named_frame(std::string_view file, std::int64_t line, std::string_view function) {
    return {std::string(file), line < 0 ? std::nullopt : MaybeInteger(line), std::string(function)};
}

// "model.py:7 forward"
std::string line_name(std::string_view path, const StackKeys::Frame& frame) {
    return fmt::format("{}:{} {}", path, line_text(frame.line), frame.function);
}

std::string names_where(bool (*is_listed)(const KeyKindInfo&)) {
    std::string list;
    for (const KeyKindInfo& info : k_kinds) {
        if (is_listed(info)) list.append(list.empty() ? "" : ", ").append(info.name);
    }
    return list;
}

}  // namespace

std::span<const KeyKindInfo> key_kinds() {
    return k_kinds;
}

const KeyKindInfo& info_of(KeyKind kind) {
    return k_kinds[static_cast<std::size_t>(kind)];
}

std::optional<KeyKind> key_kind_named(std::string_view name) {
    const auto found = std::ranges::find(k_kinds, name, &KeyKindInfo::name);
    return found == k_kinds.end() ? std::nullopt : std::optional(found->kind);
}

std::string_view name_of(KeyKind kind) {
    return info_of(kind).name;
}

std::string key_kind_list() {
    return names_where([](const KeyKindInfo&) { return true; });
}

std::string snapviewer_key_kind_list() {
    return names_where([](const KeyKindInfo& info) { return info.is_in_snapviewer; });
}

std::string short_path(std::string_view path) {
    const std::size_t last = path.find_last_of("/\\");
    if (last == std::string_view::npos || last == 0) return std::string(path);
    const std::size_t before = path.find_last_of("/\\", last - 1);
    return std::string(before == std::string_view::npos ? path : path.substr(before + 1));
}

StackKeys::StackKeys(archive::Database& database, KeyKind kind, std::vector<std::string> user_prefixes,
                     std::size_t site_depth, std::size_t module_depth)
    : m_database(database),
      m_kind(kind),
      m_user_prefixes(std::move(user_prefixes)),
      m_stack(database.prepare(stack_row_sql(database, kind))),
      m_frames(database, named_frame),
      m_site_depth(site_depth) {
    if (kind == KeyKind::module) m_chains.emplace(database, module_depth);
}

Key StackKeys::key_of(MaybeInteger stack_id, bool preexisting) {
    m_callers.clear();
    m_modules.clear();
    // The stack of memory from before the recording may be the stack of its free.
    if (!stack_id || (preexisting && m_kind == KeyKind::phase))
        return bare_key(name_without_stack(preexisting));
    m_stack.reset();
    m_stack.bind(1, *stack_id);
    if (!m_stack.next() || m_stack.text(k_kind) == "empty") return bare_key(name_without_stack(preexisting));
    Key key = key_of_row(*stack_id);
    m_stack.reset();  // frees names that may be long
    return key;
}

// In a recording with Python frames only, the threads of the autograd engine have no stack.
std::string_view StackKeys::name_without_stack(bool preexisting) {
    if (preexisting) return k_before_recording;
    if (m_kind == KeyKind::phase) return k_no_stack;
    return stacks_are_python_only() ? k_backward : k_no_stack;
}

bool StackKeys::stacks_are_python_only() {
    if (!m_python_only) {
        m_python_only = m_database.integer(k_python_only) != 0;
    }
    return *m_python_only;
}

std::optional<StackKeys::Frame> StackKeys::frame_in_row(int column) {
    if (m_stack.is_null(column)) return std::nullopt;
    const Frame* frame = m_frames.find(m_stack.integer(column));
    return frame == nullptr ? std::nullopt : std::optional(*frame);
}

bool StackKeys::is_named_by_forward() const {
    return m_stack.text(k_site).starts_with(k_backward_of);
}

// Only archives with forward stacks have such sites, and the column with their ids.
std::int64_t StackKeys::stack_with_site(std::int64_t stack_id) {
    if (!is_named_by_forward()) return stack_id;
    if (!m_forward) m_forward = m_database.prepare("SELECT forward_stack_id FROM stacks WHERE stack_id = ?1");
    m_forward->reset();
    m_forward->bind(1, stack_id);
    return m_forward->next() ? m_forward->integer(0) : stack_id;
}

std::optional<StackKeys::Frame> StackKeys::user_frame(std::int64_t stack_id) {
    if (m_user_prefixes.empty()) return frame_in_row(k_user_frame);
    std::optional<Frame> frame = frame_below_prefixes(stack_id);
    if (!frame && is_named_by_forward()) frame = frame_below_prefixes(stack_with_site(stack_id));
    return frame ? frame : frame_in_row(k_site_frame);
}

std::optional<StackKeys::Frame> StackKeys::frame_below_prefixes(std::int64_t stack_id) {
    std::optional<Frame> own;
    m_frames.any(stack_id, [&](std::int64_t, const Frame& frame) {
        if (!is_own(frame)) return false;
        own = frame;
        return true;
    });
    return own;
}

// The autograd node, as `[backward] NODE`. A stack of the backward pass without a known node is `[backward]`.
Key StackKeys::node_in_row() const {
    if (!m_stack.is_null(k_node)) return bare_key(fmt::format("{} {}", k_backward, m_stack.text(k_node)));
    return bare_key(is_named_by_forward() ? k_backward : k_no_node);
}

// "attention.py:forward > linear.py:forward" with the whole paths of the files. The modules of a stack of the
// backward pass are those of its forward call.
Key StackKeys::module_key(std::int64_t stack_id) {
    m_modules = m_chains->of(stack_id);
    const bool is_own = !m_modules.empty() || !is_named_by_forward();
    if (!is_own) m_modules = m_chains->of(stack_with_site(stack_id));
    if (m_modules.empty()) return bare_key(k_outside_modules);
    Key key = bare_key(is_own ? "" : k_backward_of);
    for (const ModuleCall& call : m_modules) {
        const std::string_view arrow = &call == m_modules.data() ? "" : k_module_arrow;
        key.key += fmt::format("{}{}:{}", arrow, call.file, call.function);
        key.label += fmt::format("{}{}:{}", arrow, frames::base_name(call.file), call.function);
    }
    return key;
}

// Whether a key of this kind may name the frame.
bool StackKeys::is_own(const Frame& frame) const {
    if (!m_user_prefixes.empty()) {
        return std::ranges::any_of(m_user_prefixes,
                                   [&](const std::string& prefix) { return frame.file.starts_with(prefix); });
    }
    const auto least = m_kind == KeyKind::user_frame ? frames::FrameRole::user : frames::FrameRole::package;
    return frames::role_of_frame(frame.file, frame.function, frame.line.value_or(-1)) >= least;
}

std::vector<StackKeys::Frame> StackKeys::callers_of(std::int64_t stack_id, const Frame& innermost) {
    std::vector<Frame> callers;
    bool is_outside = false;
    m_frames.any(stack_with_site(stack_id), [&](std::int64_t, const Frame& frame) {
        if (is_outside && is_own(frame))
            callers.push_back(frame);
        else if (!is_outside)
            is_outside = frame == innermost;
        return callers.size() + 1 == m_site_depth;
    });
    return callers;
}

Key StackKeys::key_of_row(std::int64_t stack_id) {
    if (m_kind == KeyKind::node) return node_in_row();
    if (m_kind == KeyKind::module) return module_key(stack_id);
    if (m_kind == KeyKind::phase)
        return bare_key(m_stack.is_null(k_phase) ? k_no_stack : m_stack.text(k_phase));
    Key key;
    key.op = maybe_text(m_stack, k_op);
    if (m_kind == KeyKind::op) {
        key.key = key.label = key.op.value_or(std::string(k_no_op));
        return key;
    }
    const std::optional<Frame> frame =
        m_kind == KeyKind::user_frame ? user_frame(stack_id) : frame_in_row(k_site_frame);
    key.key = key.label = m_stack.text(k_site);
    if (frame) name_by_frame(key, *frame);
    if (frame && has_site_depth(m_kind) && m_site_depth > 1) {
        m_callers = callers_of(stack_id, *frame);
        for (const Frame& caller : m_callers) {
            key.key += " < " + line_name(caller.file, caller);
            key.label += " < " + line_name(short_path(caller.file), caller);
        }
    }
    if (m_kind == KeyKind::stack) {
        key.key = fmt::format("{:016x}", static_cast<std::uint64_t>(m_stack.integer(k_hash)));
        if (key.op && frame) key.label += fmt::format(" ({})", key.op->raw());
    }
    return key;
}

void StackKeys::name_by_frame(Key& key, const Frame& frame) const {
    const std::string_view mark = is_named_by_forward() ? k_backward_of : "";
    const std::string path = short_path(frame.file);
    key.file = frame.file;
    key.line = frame.line;
    if (m_kind == KeyKind::file) {
        key.key = fmt::format("{}{}", mark, frame.file);
        key.label = fmt::format("{}{}", mark, path);
        return;
    }
    key.function = frame.function;
    if (m_kind == KeyKind::function) {
        key.key = fmt::format("{}{} {}", mark, frame.file, frame.function);
        key.label = fmt::format("{}{} {}", mark, path, frame.function);
        return;
    }
    key.key = std::string(mark) + line_name(frame.file, frame);
    key.label = std::string(mark) + line_name(path, frame);
}

}  // namespace snapq::analysis
