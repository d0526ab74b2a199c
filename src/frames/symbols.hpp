// The text, frames and stacks of a snapshot, each stored once and named by an id. Knows neither pickle nor
// SQLite.
//
// Built by one thread, read by many. Ids are given in first-seen order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "support/interner.hpp"
#include "support/strong_id.hpp"

namespace snapq::frames {

using TextId = StrongId<struct TextTag>;    // interned text of any role: names, contexts, pools, unknown keys
using FrameId = StrongId<struct FrameTag>;  // table frames
using StackId =
    StrongId<struct StackTag>;  // table stacks; the empty stack has an id too, `none` is "key absent"

// One stack frame. `line` as written by the file (2^64 - 1 and -1 both mean unknown; kept as signed 64-bit).
struct Frame {
    TextId filename;
    TextId name;
    std::int64_t line = 0;
    // Only on generated FX code with augment_with_fx_traces; `none` when absent.
    TextId fx_node_op;
    TextId fx_node_name;
    TextId fx_node_target;
    TextId fx_original_trace;

    friend bool operator==(const Frame&, const Frame&) = default;
    [[nodiscard]] std::uint64_t hash() const;
};

// All text, frames and stacks of a snapshot. Index 0 of a stack is the innermost (most recent) frame.
class Symbols {
public:
    TextId intern_text(std::string_view text) { return TextId(m_texts.intern(text)); }
    FrameId intern_frame(const Frame& frame) { return FrameId(m_frames.intern(frame)); }
    StackId intern_stack(std::span<const std::uint32_t> frame_ids) {
        return StackId(m_stacks.intern(frame_ids.data(), frame_ids.size()));
    }

    [[nodiscard]] std::string_view text(TextId id) const { return m_texts[id.value()]; }
    [[nodiscard]] const Frame& frame(FrameId id) const { return m_frames[id.value()]; }
    [[nodiscard]] std::size_t depth(StackId id) const { return m_stacks.length(id.value()); }
    [[nodiscard]] FrameId frame_at(StackId id, std::size_t depth) const {
        return FrameId(m_stacks.data(id.value())[depth]);
    }

    [[nodiscard]] std::size_t text_count() const { return m_texts.size(); }
    [[nodiscard]] std::size_t frame_count() const { return m_frames.size(); }
    [[nodiscard]] std::size_t stack_count() const { return m_stacks.size(); }

private:
    TextInterner m_texts;
    RecordInterner<Frame> m_frames;
    SequenceInterner m_stacks;
};

}  // namespace snapq::frames
