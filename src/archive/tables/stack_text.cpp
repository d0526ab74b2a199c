#include "archive/tables/stack_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace snapq::archive::tables {
namespace {

constexpr std::size_t k_room_for_rest = 64;  // "\n... 4294967295 more frames"

void append_frame(const snapshot::Symbols& symbols, const snapshot::Frame& frame, std::size_t depth,
                  std::string& into) {
    const auto out = std::back_inserter(into);
    fmt::format_to(out, "({}) {}:", depth, symbols.text(frame.filename));
    if (frame.line == -1) {
        into += '?';
    } else {
        fmt::format_to(out, "{}", frame.line);
    }
    into += ':';
    into += symbols.text(frame.name);
}

}  // namespace

void write_stack_text(const snapshot::Symbols& symbols, snapshot::StackId stack, std::string& into) {
    into.clear();
    const std::size_t frames = symbols.depth(stack);
    for (std::size_t depth = 0; depth < frames; ++depth) {
        const std::size_t before = into.size();
        if (depth > 0) into += '\n';
        append_frame(symbols, symbols.frame(symbols.frame_at(stack, depth)), depth, into);
        if (into.size() + k_room_for_rest <= k_max_stack_text) continue;
        into.resize(before);
        if (depth > 0) into += '\n';
        fmt::format_to(std::back_inserter(into), "... {} more frames", frames - depth);
        return;
    }
}

}  // namespace snapq::archive::tables
