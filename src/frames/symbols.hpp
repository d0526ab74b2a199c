// The texts, frames and stacks of a snapshot, each stored once under an id. Ids are given in first-seen
// order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "support/interner.hpp"
#include "support/strong_id.hpp"

namespace snapq::frames {

using TextId = StrongId<struct TextTag>;  // names, contexts, pools, unknown keys
using FrameId = StrongId<struct FrameTag>;
// The empty stack has an id too. `none` is a stack that the file does not give.
using StackId = StrongId<struct StackTag>;

struct Frame {
    TextId filename;
    TextId name;
    std::int64_t line = 0;  // as in the file; -1 is unknown, and so is 2^64 - 1, which becomes -1
    // Only on frames of generated FX code that was recorded with augment_with_fx_traces; else `none`.
    TextId fx_node_op;
    TextId fx_node_name;
    TextId fx_node_target;
    TextId fx_original_trace;

    friend bool operator==(const Frame&, const Frame&) = default;
    [[nodiscard]] std::uint64_t hash() const {
        std::uint64_t hash =
            hash_mix(static_cast<std::uint64_t>(line), std::uint64_t{filename.value()} << 32 | name.value());
        if (fx_node_op || fx_node_name || fx_node_target || fx_original_trace) {
            hash = hash_mix(hash, std::uint64_t{fx_node_op.value()} << 32 | fx_node_name.value());
            hash = hash_mix(hash, std::uint64_t{fx_node_target.value()} << 32 | fx_original_trace.value());
        }
        return hash;
    }
};

// Index 0 of a stack is the innermost frame, the most recent call. One thread may add while no other reads;
// then any number may read. Texts stay valid as long as the symbols live.
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
