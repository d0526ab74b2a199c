#include "analysis/diff/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "analysis/category_rules.hpp"
#include "analysis/keys.hpp"
#include "analysis/row_access.hpp"
#include "frames/frame_text.hpp"
#include "frames/stack_class.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"
#include "support/text.hpp"

namespace snapq::analysis {
namespace {

using frames::FrameRole;

constexpr std::size_t k_named_callers = 3;

std::uint64_t hash_of_frame(std::string_view file, std::string_view function) {
    frames::Fnv1a hash;
    hash.add(file);
    hash.add(std::string_view("\0", 1));
    hash.add(function);
    return hash.value();
}

void add_frame_hash(frames::Fnv1a& stack, std::uint64_t frame) {
    stack.add(fmt::format("{:x},", frame));
}

// The first few callers, innermost first: " < model.py:7 forward < train.py:9 main < …"
class CallerText {
public:
    void add(std::string_view file, std::int64_t line, std::string_view function) {
        if (m_named > k_named_callers) return;
        m_text += m_named++ == k_named_callers
                      ? std::string(" < …")
                      : fmt::format(" < {}:{} {}", frames::base_name(file), line, function);
    }
    [[nodiscard]] const std::string& text() const { return m_text; }

private:
    std::string m_text;
    std::size_t m_named = 0;
};

}  // namespace

StackTexts::StackTexts(archive::Database& database, const StableFiles& files)
    : m_frames(database, [&files](std::string_view file, std::int64_t line, std::string_view function) {
          return make_frame(file, line, function, files);
      }) {}

StackTexts::Frame StackTexts::make_frame(std::string_view file, std::int64_t line, std::string_view function,
                                         const StableFiles& files) {
    Frame frame;
    frame.role = frames::role_of_frame(file, function, line);
    if (frame.role == FrameRole::cpp) return frame;
    frame.file = file;
    frame.line = line;
    frame.function = function;
    frame.hash = hash_of_frame(files(frame.file), frames::stable_function(frame.function));
    return frame;
}

std::optional<PythonStack> StackTexts::python_stack(std::int64_t stack_id, const report::Key& site) {
    PythonStack stack;
    frames::Fnv1a hash;
    CallerText all;  // used if the site is none of the frames
    CallerText behind_site;
    bool is_python = false;
    bool met_site = false;
    m_frames.each(stack_id, [&](std::int64_t, const Frame& each) {
        if (each.role == FrameRole::cpp) return;
        is_python = true;
        add_frame_hash(hash, each.hash);
        if (each.role != FrameRole::internal) {
            (met_site ? behind_site : all).add(each.file, each.line, each.function);
        }
        if (!met_site) {
            met_site = each.file == site.file && each.function == site.function && each.line == site.line;
        }
    });
    if (!is_python) return std::nullopt;
    stack.hash = hash.value();
    stack.callers = met_site ? behind_site.text() : all.text();
    return stack;
}

SidePart name_of_stack_text(std::string_view callstack, bool exact, const StableFiles& files) {
    frames::Fnv1a hash;
    if (exact) hash.add(callstack);
    SidePart part;
    bool met_site = false;
    std::string_view rest = callstack;
    while (const auto frame = frames::next_frame(rest)) {
        const FrameRole role = frames::role_of_frame(frame->filename, frame->name, frame->line);
        if (role == FrameRole::cpp) continue;
        const std::string file = files(abbreviate(frame->filename));
        const std::string function = frames::stable_function(abbreviate(frame->name));
        const bool is_site = !met_site && role != FrameRole::internal;
        if (is_site || part.key.empty()) {
            part.key = fmt::format("{} {}", file, function);
            part.label = fmt::format("{}:{} {}", short_path(abbreviate(frame->filename)), frame->line,
                                     abbreviate(frame->name));
        }
        met_site = met_site || is_site;
        if (!exact) add_frame_hash(hash, hash_of_frame(file, function));
    }
    if (part.key.empty()) part.key = part.label = callstack.empty() ? "[no stack]" : "[no Python frame]";
    if (callstack.empty()) return part;
    if (!exact) part.fallback = part.key;
    part.key += fmt::format(" #{:016x}", hash.value());
    return part;
}

namespace {

using report::Key;
using report::MaybeInteger;

std::string scanned_parts() {
    return fmt::format(
        "SELECT stack_id AS stack, origin, 0 AS is_maximum, sum(size), count(*), NULL {} GROUP BY stack_id, "
        "origin",
        from_live_allocations());
}

std::string prepared_parts(archive::Database& database, std::int64_t device) {
    return fmt::format(
        "SELECT stack_id AS stack, origin, 0 AS is_maximum, bytes, count, NULL FROM live_stacks "
        "WHERE {} AND moment = ?2",
        rows_of_device(database, "live_stacks", device));
}

// The rows of one part follow each other; the row with its maximum is the last one.
std::string parts_sql(archive::Database& database, std::int64_t device, bool prepared) {
    return fmt::format(
        "{} UNION ALL SELECT stack_id, origin, 1, max_bytes, 0, max_event FROM stack_totals WHERE {} "
        "ORDER BY stack, origin, is_maximum",
        prepared ? prepared_parts(database, device) : scanned_parts(),
        rows_of_device(database, "stack_totals", device));
}

// A stack and an origin: the tables have one row for memory from before the recording and one for the rest.
using PartId = std::pair<MaybeInteger, std::string>;

PartId id_in(const archive::Query& row) {
    return {row.maybe_integer(0), std::string(row.text(1))};
}

void add_row(const archive::Query& row, const PartId& id, SidePart& part) {
    if (row.integer(2) == 0) {
        part.bytes = saturating_add(part.bytes, row.integer(3));
        part.count = saturating_add(part.count, row.integer(4));
        return;
    }
    // Memory that was live at the start and never freed does not change.
    const bool constant = id.second == "preexisting_kept";
    part.maximum = PartMaximum{row.integer(3), row.maybe_integer(5), constant, true};
}

// "stream 1 (0x7f…)" without the pointer, which differs between processes.
std::string stream_name(const std::string& label) {
    return label.substr(0, label.find(" ("));
}

// Whether the rows of this kind are lines, or functions with their lines.
bool has_lines(KeyKind kind) {
    return kind == KeyKind::site || kind == KeyKind::user_frame || kind == KeyKind::function;
}

// Numbers that order the lines of one function, and the lines that call them. Notebook cells whose names
// differ only in the execution counter are ordered by this counter first.
LinePath path_of(std::int64_t number, MaybeInteger counter, std::span<const StackKeys::Frame> callers) {
    constexpr std::int64_t k_lines = std::int64_t{1} << 20;  // more than any file has
    LinePath path{counter ? std::clamp<std::int64_t>(number, -1, k_lines) + *counter % k_lines * k_lines
                          : number};
    for (const StackKeys::Frame& caller : callers) path.push_back(caller.line.value_or(-1));
    return path;
}

}  // namespace

PartReader::PartReader(archive::Database& database, const DiffOptions& options, const StableFiles& files)
    : m_database(database),
      m_options(options),
      m_files(files),
      m_keys(database, options.by, options.user_prefixes, options.site_depth, options.module_depth) {
    if (options.by == KeyKind::stack && !options.exact) m_stacks.emplace(database, files);
}

void PartReader::each_part(std::int64_t device, const LiveAt& at, const UsePart& use) {
    info_of(m_options.by).column.empty() ? each_stack(device, at, use) : each_column(device, at, use);
}

void PartReader::each_stack(std::int64_t device, const LiveAt& at, const UsePart& use) {
    archive::Query rows = m_database.prepare(parts_sql(m_database, device, !at.prepared.empty()));
    rows.bind(1, device);
    at.prepared.empty() ? rows.bind(2, at.event) : rows.bind(2, std::string_view(at.prepared));
    bool more = rows.next();
    while (more) {
        const PartId id = id_in(rows);
        SidePart part;
        do add_row(rows, id, part);
        while ((more = rows.next()) && id_in(rows) == id);
        part.stack_id = id.first;
        const bool preexisting = id.second != "trace";
        part.older_bytes = older_part(at, preexisting, part.bytes, part.count).bytes;
        name_part(part, id.first, preexisting);
        use(std::move(part));
    }
}

void PartReader::each_column(std::int64_t device, const LiveAt& at, const UsePart& use) {
    Grouping grouping;
    grouping.by = m_options.by;
    grouping.rules = m_options.rules;
    grouping.with_maxima = true;
    report::LiveRows live = live_rows(m_database, device, at, grouping);
    merge_matches(m_used_rules, live.used_rules);
    for (report::LiveRow& row : live.rows) {
        SidePart part;
        part.label = row.label.raw();
        part.key = m_options.by == KeyKind::stream ? stream_name(part.label) : row.key.raw();
        part.bytes = row.bytes;
        part.count = row.count;
        part.older_bytes = row.older.bytes;
        if (row.max_bytes) part.maximum = PartMaximum{*row.max_bytes, std::nullopt, false, row.max_exact};
        use(std::move(part));
    }
    if (live.others.keys == 0) return;
    SidePart others;
    others.key = others.label = k_other;
    others.bytes = live.others.bytes;
    others.count = live.others.count;
    others.older_bytes = live.others.older.bytes;
    use(std::move(others));
}

void PartReader::name_part(SidePart& part, MaybeInteger stack_id, bool preexisting) {
    const Key key = m_keys.key_of(stack_id, preexisting);
    part.label = key.label.raw();
    part.key = key.file ? m_files(key.file->raw()) : key.key.raw();
    // The forward and the backward pass of one function are different rows.
    if (key.file && key.key.raw().starts_with(k_backward_of)) part.key.insert(0, k_backward_of);
    if (has_lines(m_options.by) && key.file && key.function) return name_line(part, key);
    if (key.file && key.function)
        part.key += fmt::format(" {}", frames::stable_function(key.function->raw()));
    for (const StackKeys::Frame& caller : m_keys.callers()) {
        part.key += fmt::format(" < {} {}", m_files(caller.file), frames::stable_function(caller.function));
    }
    if (m_options.by == KeyKind::stack && stack_id) name_stack(part, *stack_id, key);
    if (!m_keys.modules().empty()) name_modules(part, key);
}

void PartReader::name_modules(SidePart& part, const Key& key) const {
    part.key = key.key.raw().starts_with(k_backward_of) ? k_backward_of : "";
    for (const ModuleCall& call : m_keys.modules()) {
        const std::string_view arrow = &call == m_keys.modules().data() ? "" : k_module_arrow;
        part.key += fmt::format("{}{}:{}", arrow, m_files(call.file), call.function);
    }
}

// On entry, part.key is the stable name of the file. Callers, which are a part of the name with --site-depth,
// are named by file and function, like the function itself.
void PartReader::name_line(SidePart& part, const Key& key) const {
    const std::string function = frames::stable_function(key.function->raw());
    const std::string path = fmt::format(
        "{}{}", key.key.raw().starts_with(k_backward_of) ? k_backward_of : "", short_path(key.file->raw()));
    const auto counter = frames::counter_of_cell(key.file->raw());
    PartLine line;
    line.function = fmt::format("{} {}", part.key, function);
    line.number = key.line.value_or(-1);
    line.path = path_of(line.number, counter, m_keys.callers());
    line.label_at = path.size();
    if (counter) part.key += fmt::format("[{}]", *counter);
    part.key += fmt::format(":{} {}", key.line ? std::to_string(*key.line) : "?", function);
    part.label = fmt::format("{} {}", path, key.function->raw());
    for (const StackKeys::Frame& caller : m_keys.callers()) {
        const std::string file = m_files(caller.file);
        const std::string caller_function = frames::stable_function(caller.function);
        const std::string number = caller.line ? std::to_string(*caller.line) : "?";
        line.function += fmt::format(" < {} {}", file, caller_function);
        part.key += fmt::format(" < {}:{} {}", file, number, caller_function);
        part.label += fmt::format(" < {}:{} {}", short_path(caller.file), number, caller.function);
    }
    part.op = key.op.value_or("").raw();
    part.line = std::move(line);
}

// On entry, part.key is the site without line numbers, and key.key is the hash of the whole stack.
void PartReader::name_stack(SidePart& part, std::int64_t stack_id, const Key& key) {
    if (m_options.exact) {
        if (key.key == key.label) return;  // the empty stack
        part.key = fmt::format("{} #{}", key.file ? part.key : key.label.raw(), key.key.raw());
        return;
    }
    if (!key.file) part.key = key.label.raw();  // only C++ frames: named by its autograd node or op
    const auto stack = m_stacks->python_stack(stack_id, key);
    if (!stack) return;
    part.fallback = part.key;
    part.key += fmt::format(" #{:016x}", stack->hash);
    part.label = key.label.raw() + stack->callers;
}

}  // namespace snapq::analysis
