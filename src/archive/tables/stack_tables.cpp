#include <fmt/format.h>

#include <iterator>
#include <string>

#include "archive/sqlite/bulk_inserter.hpp"
#include "archive/tables/column_values.hpp"
#include "archive/tables/tables.hpp"
#include "frames/frame_text.hpp"

namespace snapq::archive::tables {
namespace {

using snapshot::StackId;
using snapshot::Symbols;

constexpr std::size_t k_room_for_last_line = 64;  // "\n... 4294967295 more frames"

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

void write_stacks(sqlite::Connection& connection, const DatabaseContents& contents) {
    const Symbols& symbols = contents.snapshot.symbols;
    sqlite::BulkInserter stacks(connection, "stacks");
    std::string text;
    for (std::uint32_t id = 0; id < symbols.stack_count(); ++id) {
        const StackId stack(id);
        const frames::StackClass about = contents.classify(stack);
        write_stack_text(symbols, stack, text);
        stacks.insert(id, symbols.depth(stack), contents.content_hash(stack), frames::name_of(about.kind),
                      unless_empty(about.site), about.site_frame, about.user_frame, unless_empty(about.op),
                      unless_empty(about.backward_node), text, symbols.forward_of(stack));
    }
}

void write_stack_frames(sqlite::Connection& connection, const Symbols& symbols) {
    sqlite::BulkInserter stack_frames(connection, "stack_frames");
    for (std::uint32_t id = 0; id < symbols.stack_count(); ++id) {
        const StackId stack(id);
        for (std::size_t depth = 0; depth < symbols.depth(stack); ++depth) {
            stack_frames.insert(id, depth, symbols.frame_at(stack, depth));
        }
    }
}

}  // namespace

void write_stack_text(const snapshot::Symbols& symbols, snapshot::StackId stack, std::string& into) {
    into.clear();
    const std::size_t frames = symbols.depth(stack);
    for (std::size_t depth = 0; depth < frames; ++depth) {
        const std::size_t before = into.size();
        if (depth > 0) into += '\n';
        append_frame(symbols, symbols.frame(symbols.frame_at(stack, depth)), depth, into);
        if (into.size() + k_room_for_last_line <= k_max_stack_text) continue;
        into.resize(before);
        if (depth > 0) into += '\n';
        fmt::format_to(std::back_inserter(into), "... {} more frames", frames - depth);
        return;
    }
}

void write_stack_tables(sqlite::Connection& connection, const DatabaseContents& contents) {
    write_frames(connection, contents.snapshot.symbols);
    write_stacks(connection, contents);
    write_stack_frames(connection, contents.snapshot.symbols);
}

}  // namespace snapq::archive::tables
