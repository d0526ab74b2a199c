// The texts, frames and stacks of a snapshot, each stored once under an id. Ids are given in first-seen
// order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "support/interner.hpp"

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

// Index 0 of a stack is the innermost frame, the most recent call. A stack of work in the backward pass may
// also have the stack of the forward call that it belongs to; that is no part of its frames. One thread may
// add while no other reads; then any number may read. Texts stay valid as long as the symbols live, a
// reference to a frame until the next frame is added.
class Symbols {
public:
    TextId intern_text(std::string_view text) { return TextId(m_texts.intern(text)); }
    FrameId intern_frame(const Frame& frame) { return FrameId(m_frames.intern(frame)); }
    StackId intern_stack(std::span<const std::uint32_t> frame_ids) {
        return StackId(m_stacks.intern(frame_ids.data(), frame_ids.size()));
    }
    // A stack with the frames of `stack` (`none` counts as the empty stack) and the forward stack `forward`.
    // Neither of them has a forward stack itself. Takes a few bytes, however deep they are.
    StackId intern_stack(StackId stack, StackId forward) {
        if (!stack) stack = intern_stack({});
        const std::uint32_t ids[]{k_forward_mark, stack.value(), forward.value()};
        return intern_stack(ids);
    }
    // `none` for a frame or a text that was not interned.
    [[nodiscard]] FrameId find_frame(const Frame& frame) const {
        const auto id = m_frames.find(frame);
        return id ? FrameId(*id) : FrameId();
    }
    [[nodiscard]] TextId find_text(std::string_view text) const {
        const auto id = m_texts.find(text);
        return id ? TextId(*id) : TextId();
    }

    [[nodiscard]] std::string_view text(TextId id) const { return m_texts[id.value()]; }
    [[nodiscard]] const Frame& frame(FrameId id) const { return m_frames[id.value()]; }
    [[nodiscard]] std::size_t depth(StackId id) const { return m_stacks.length(owner_of_frames(id)); }
    [[nodiscard]] FrameId frame_at(StackId id, std::size_t depth) const {
        return FrameId(m_stacks.data(owner_of_frames(id))[depth]);
    }
    // The stack with the same frames and without a forward stack; others may share it.
    [[nodiscard]] StackId frames_of(StackId id) const { return StackId(owner_of_frames(id)); }
    // The stack of the forward call, or `none`.
    [[nodiscard]] StackId forward_of(StackId id) const {
        return has_forward(id.value()) ? StackId(m_stacks.data(id.value())[2]) : StackId();
    }

    [[nodiscard]] std::size_t text_count() const { return m_texts.size(); }
    [[nodiscard]] std::size_t frame_count() const { return m_frames.size(); }
    [[nodiscard]] std::size_t stack_count() const { return m_stacks.size(); }

private:
    // No frame has this id. A stack with a forward stack is stored as a sequence of this id, the id of the
    // stack with its own frames, and the id of its forward stack.
    static constexpr std::uint32_t k_forward_mark = FrameId::k_none;

    [[nodiscard]] bool has_forward(std::uint32_t stack) const {
        return m_stacks.length(stack) == 3 && m_stacks.data(stack)[0] == k_forward_mark;
    }
    [[nodiscard]] std::uint32_t owner_of_frames(StackId id) const {
        return has_forward(id.value()) ? m_stacks.data(id.value())[1] : id.value();
    }

    TextInterner m_texts;
    RecordInterner<Frame> m_frames;
    SequenceInterner m_stacks;
};

}  // namespace snapq::frames
