#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "archive/sqlite/bulk_inserter.hpp"
#include "archive/tables/tables.hpp"
#include "frames/frame_text.hpp"

namespace snapq::archive::tables {
namespace {

using snapshot::StackId;
using snapshot::Symbols;

constexpr std::size_t k_room_for_last_line = 64;  // "\n... 4294967295 more frames"

// When the expansion budget is used up, a stack with a forward stack gets only this many rows of table
// stack_frames, because it shares its frames with other stacks. All other stacks have a row for each frame:
// each frame takes two bytes of the input.
constexpr std::size_t k_fewest_frames = 64;
constexpr std::uint64_t k_stack_frame_bytes = 13;

void append_frame(const snapshot::Symbols& symbols, const snapshot::Frame& frame, std::size_t depth,
                  std::string& into) {
    frames::append_frame_line(depth, symbols.text(frame.filename), frame.line, symbols.text(frame.name),
                              into);
}

void write_frames(sqlite::Connection& connection, const Symbols& symbols) {
    sqlite::BulkInserter frames(connection, "frames");
    for (std::uint32_t id = 0; id < symbols.frame_count(); ++id) {
        const snapshot::Frame& frame = symbols.frame(snapshot::FrameId(id));
        frames.insert(id, symbols.text(frame.filename), frame.line, symbols.text(frame.name),
                      text_of(symbols, frame.fx_node_op), text_of(symbols, frame.fx_node_name),
                      text_of(symbols, frame.fx_node_target), text_of(symbols, frame.fx_original_trace));
    }
}

std::size_t longest_text(const sqlite::Connection& connection) {
    return connection.texts() == nullptr ? std::string_view::npos : connection.texts()->longest();
}

void write_stacks(sqlite::Connection& connection, const DatabaseContents& contents) {
    const Symbols& symbols = contents.snapshot.symbols;
    sqlite::BulkInserter stacks(connection, "stacks");
    std::string text;
    for (std::uint32_t id = 0; id < symbols.stack_count(); ++id) {
        const StackId stack(id);
        const std::size_t longest = longest_text(connection);
        const frames::StackClass about = contents.classify(stack, longest);
        const bool is_whole = write_stack_text(symbols, stack, text, std::min(longest, k_max_stack_text));
        if (!is_whole && longest < k_max_stack_text) connection.texts()->count_cut();
        stacks.insert(id, symbols.depth(stack), contents.content_hash(stack), frames::name_of(about.kind),
                      unless_empty(about.site), about.site_frame, about.user_frame, unless_empty(about.op),
                      unless_empty(about.backward_node), text, symbols.forward_of(stack),
                      unless_empty(frames::name_of(contents.phases.of(stack).phase)));
    }
}

std::size_t frames_to_write(sqlite::Connection& connection, const Symbols& symbols, StackId stack) {
    const std::size_t frames = symbols.depth(stack);
    sqlite::RowTexts* texts = connection.texts();
    if (texts == nullptr) return frames;
    texts->charge(frames * k_stack_frame_bytes);
    if (!symbols.forward_of(stack) || frames <= k_fewest_frames || !texts->is_used_up()) return frames;
    texts->count_cut();
    return k_fewest_frames;
}

void write_stack_frames(sqlite::Connection& connection, const Symbols& symbols) {
    sqlite::BulkInserter stack_frames(connection, "stack_frames");
    for (std::uint32_t id = 0; id < symbols.stack_count(); ++id) {
        const StackId stack(id);
        const std::size_t frames = frames_to_write(connection, symbols, stack);
        for (std::size_t depth = 0; depth < frames; ++depth) {
            stack_frames.insert(id, depth, symbols.frame_at(stack, depth));
        }
    }
}

}  // namespace

bool write_stack_text(const snapshot::Symbols& symbols, snapshot::StackId stack, std::string& into,
                      std::size_t longest) {
    into.clear();
    const std::size_t frames = symbols.depth(stack);
    for (std::size_t depth = 0; depth < frames; ++depth) {
        const std::size_t before = into.size();
        if (depth > 0) into += '\n';
        append_frame(symbols, symbols.frame(symbols.frame_at(stack, depth)), depth, into);
        if (into.size() + k_room_for_last_line <= longest) continue;
        into.resize(before);
        if (depth > 0) into += '\n';
        fmt::format_to(std::back_inserter(into), "... {} more frames", frames - depth);
        return false;
    }
    return true;
}

void write_stack_tables(sqlite::Connection& connection, const DatabaseContents& contents) {
    write_frames(connection, contents.snapshot.symbols);
    write_stacks(connection, contents);
    write_stack_frames(connection, contents.snapshot.symbols);
}

}  // namespace snapq::archive::tables
