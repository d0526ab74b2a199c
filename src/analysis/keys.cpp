#include "analysis/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "analysis/row_access.hpp"
#include "support/sizes.hpp"

namespace snapq::analysis {
namespace {

using report::Key;
using report::MaybeInteger;

constexpr std::array k_kind_names{
    std::pair{KeyKind::site, std::string_view("site")},
    std::pair{KeyKind::user_frame, std::string_view("user-frame")},
    std::pair{KeyKind::op, std::string_view("op")},
    std::pair{KeyKind::function, std::string_view("function")},
    std::pair{KeyKind::file, std::string_view("file")},
    std::pair{KeyKind::stack, std::string_view("stack")},
    std::pair{KeyKind::stream, std::string_view("stream")},
    std::pair{KeyKind::pool, std::string_view("pool")},
    std::pair{KeyKind::size, std::string_view("size")},
};

constexpr std::string_view k_unknown = "[unknown]";
constexpr std::string_view k_no_op = "[no op]";

// Looking at more stacks than this would make a question about one of them depend on the archive's size, and
// a recording either takes C++ frames or does not.
constexpr const char* k_any_cpp_frames =
    "SELECT max(kind IN ('cpp', 'mixed')) FROM (SELECT kind FROM stacks WHERE depth > 0 LIMIT 1000)";

// The columns of k_stack_row.
enum StackColumn { k_kind, k_site, k_op, k_hash, k_site_frame, k_user_frame = k_site_frame + 3 };

// The text of the stack is the last column and is not read. Names are read briefly: the rows of a summary
// hold each of them several times.
constexpr const char* k_stack_row =
    "SELECT abbreviate(s.kind), abbreviate(s.site), abbreviate(s.op), s.stack_hash, abbreviate(f.filename), "
    "f.line, "
    "abbreviate(f.name), abbreviate(u.filename), u.line, abbreviate(u.name) "
    "FROM stacks s LEFT JOIN frames f ON f.frame_id = s.site_frame_id "
    "LEFT JOIN frames u ON u.frame_id = s.user_frame_id WHERE s.stack_id = ?1";

constexpr const char* k_frames_of_stack =
    "SELECT abbreviate(f.filename), f.line, abbreviate(f.name) FROM stack_frames s JOIN frames f "
    "USING(frame_id) "
    "WHERE s.stack_id = ?1 ORDER BY s.depth";

Key bare_key(std::string_view name) {
    Key key;
    key.key = key.label = name;
    return key;
}

std::string line_text(MaybeInteger line) {
    return line ? std::to_string(*line) : "?";
}

}  // namespace

std::optional<KeyKind> key_kind_named(std::string_view name) {
    for (const auto& [kind, text] : k_kind_names) {
        if (text == name) return kind;
    }
    return std::nullopt;
}

std::string_view name_of(KeyKind kind) {
    return k_kind_names[static_cast<std::size_t>(kind)].second;
}

std::string key_kind_list() {
    std::string list;
    for (const auto& [kind, text] : k_kind_names)
        fmt::format_to(std::back_inserter(list), "{}{}", list.empty() ? "" : ", ", text);
    return list;
}

std::string short_path(std::string_view path) {
    const std::size_t last = path.find_last_of("/\\");
    if (last == std::string_view::npos || last == 0) return std::string(path);
    const std::size_t before = path.find_last_of("/\\", last - 1);
    return std::string(before == std::string_view::npos ? path : path.substr(before + 1));
}

StackKeys::StackKeys(archive::Database& database, KeyKind kind, std::vector<std::string> user_prefixes)
    : m_database(database),
      m_kind(kind),
      m_user_prefixes(std::move(user_prefixes)),
      m_stack(database.prepare(k_stack_row)) {
    if (!m_user_prefixes.empty()) m_frames = database.prepare(k_frames_of_stack);
}

Key StackKeys::key_of(MaybeInteger stack_id, bool preexisting) {
    if (!stack_id) return bare_key(name_without_stack(preexisting));
    m_stack.reset();
    m_stack.bind(1, *stack_id);
    if (!m_stack.next() || m_stack.text(k_kind) == "empty") return bare_key(name_without_stack(preexisting));
    Key key = key_of_row(*stack_id);
    m_stack.reset();  // lets go of names that may be long
    return key;
}

// Python-only recordings have no stack for what the autograd engine's own threads allocate.
std::string_view StackKeys::name_without_stack(bool preexisting) {
    if (preexisting) return k_before_recording;
    return stacks_are_python_only() ? k_backward : k_no_stack;
}

bool StackKeys::stacks_are_python_only() {
    if (!m_python_only) {
        archive::Query row = m_database.prepare(k_any_cpp_frames);
        m_python_only = row.next() && !row.is_null(0) && row.integer(0) == 0;
    }
    return *m_python_only;
}

std::optional<StackKeys::Frame> StackKeys::frame_in_row(int first_column) const {
    if (m_stack.is_null(first_column)) return std::nullopt;
    Frame frame;
    frame.file = m_stack.text(first_column);
    if (m_stack.integer(first_column + 1) >= 0) frame.line = m_stack.integer(first_column + 1);
    frame.function = m_stack.text(first_column + 2);
    return frame;
}

std::optional<StackKeys::Frame> StackKeys::user_frame(std::int64_t stack_id, int stored_column) {
    if (!m_frames) return frame_in_row(stored_column);
    m_frames->reset();
    m_frames->bind(1, stack_id);
    while (m_frames->next()) {
        const std::string_view file = m_frames->text(0);
        const auto begins_file = [file](const std::string& prefix) { return file.starts_with(prefix); };
        if (!std::ranges::any_of(m_user_prefixes, begins_file)) continue;
        Frame frame{std::string(file), m_frames->integer(1), std::string(m_frames->text(2))};
        if (*frame.line < 0) frame.line = std::nullopt;
        return frame;
    }
    return frame_in_row(k_site_frame);
}

Key StackKeys::key_of_row(std::int64_t stack_id) {
    Key key;
    key.op = maybe_text(m_stack, k_op);
    if (m_kind == KeyKind::op) {
        key.key = key.label = key.op.value_or(std::string(k_no_op));
        return key;
    }
    const std::optional<Frame> frame =
        m_kind == KeyKind::user_frame ? user_frame(stack_id, k_user_frame) : frame_in_row(k_site_frame);
    if (frame) {
        key.file = frame->file;
        key.line = frame->line;
        key.function = frame->function;
        key.key = fmt::format("{}:{} {}", frame->file, line_text(frame->line), frame->function);
        key.label = fmt::format("{}:{} {}", short_path(frame->file), line_text(frame->line), frame->function);
    } else {
        key.key = key.label = m_stack.text(k_site);
    }
    if (m_kind == KeyKind::stack) {
        key.key = fmt::format("{:016x}", static_cast<std::uint64_t>(m_stack.integer(k_hash)));
        if (key.op && frame) key.label += fmt::format(" ({})", *key.op);
    }
    if (!frame) return key;
    if (m_kind == KeyKind::function) {
        key.key = fmt::format("{} {}", frame->file, frame->function);
        key.label = fmt::format("{} {}", short_path(frame->file), frame->function);
    } else if (m_kind == KeyKind::file) {
        key.key = frame->file;
        key.label = short_path(frame->file);
        key.function = std::nullopt;
    }
    return key;
}

Key stream_key(MaybeInteger stream, std::int64_t ordinal) {
    if (!stream) return bare_key(k_unknown);
    Key key = bare_key(std::to_string(*stream));
    key.label = *stream == 0 ? "stream 0 (default)"
                             : fmt::format("stream {} ({:#x})", ordinal, static_cast<std::uint64_t>(*stream));
    return key;
}

Key pool_key(const std::optional<std::string>& pool) {
    if (!pool) return bare_key(k_unknown);
    Key key = bare_key(*pool);
    key.label = *pool == "0,0" ? "default pool" : fmt::format("private pool {}", *pool);
    return key;
}

Key size_key(std::int64_t bytes) {
    Key key = bare_key(std::to_string(bytes));
    key.label = format_size(bytes);
    return key;
}

}  // namespace snapq::analysis
