// What a stack is about: its site, user frame, op, autograd node and kind. Pure functions of the stack,
// computed once per distinct stack. Definitions: design section 2.3; the rules stand in one table,
// src/snapshot/stack_rules.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "frames/symbols.hpp"

namespace snapq::frames {

enum class StackKind : std::uint8_t { python, cpp, mixed, empty };
[[nodiscard]] std::string_view name_of(StackKind kind);  // as stored: python, cpp, mixed, empty

struct StackClass {
    StackKind kind = StackKind::empty;
    // "FILE:LINE FUNCTION" of the site frame (LINE is ? where the file has none), else "[backward] NODE",
    // else "[no frame] OP", "[no frame]" when there is no op either; "[no stack]" for the empty stack.
    std::string site;
    // Innermost Python frame outside torch, its helpers, generated code and the standard library, or none.
    FrameId site_frame;
    FrameId user_frame;  // the same outside any installed package; falls back to site_frame
    // Innermost at::_ops::NAME that is no empty/resize helper, without its overload ("div", not
    // "div_Tensor"). Where the program itself asked for an empty tensor, there is no other op and it is that
    // call's name. "" = NULL.
    std::string op;
    // Autograd node of the C++ frames, such as "MmBackward0", or the step of the autograd engine between two
    // nodes, such as "InputBuffer" (sum of gradients). "" = NULL.
    std::string backward_node;
};

// Classifies the stacks of one snapshot and keeps its frame_class on each frame: a byte a frame. The symbols
// must outlive it and may grow between calls. Not for use by several threads at once. Throws nothing of its
// own.
class StackClassifier {
public:
    explicit StackClassifier(const Symbols& symbols) : m_symbols(symbols) {}

    [[nodiscard]] StackClass classify(StackId stack);

private:
    [[nodiscard]] std::uint8_t class_of(FrameId frame);

    const Symbols& m_symbols;
    std::vector<std::uint8_t> m_frame_classes;  // by frame; 0: not looked at yet
};

// For a single stack.
[[nodiscard]] StackClass classify_stack(const Symbols& symbols, StackId stack);

// Content hash of a stack, the same in every archive: 64-bit FNV-1a over "FILENAME\0LINE\0NAME\0" of each
// frame, innermost first, LINE in decimal; stored as signed 64-bit. The empty stack has the hash of no bytes.
[[nodiscard]] std::int64_t stack_content_hash(const Symbols& symbols, StackId stack);

}  // namespace snapq::frames
