// What a stack is about: its site, user frame, op, autograd node and kind. Pure functions of the stack, computed once
// per distinct stack. Definitions: design section 2.3; the rules stand in one table in stack_class.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "snapq/snapshot/model.hpp"

namespace snapq::snapshot {

enum class StackKind : std::uint8_t { python, cpp, mixed, empty };
[[nodiscard]] std::string_view name_of(StackKind kind);  // as stored: python, cpp, mixed, empty

struct StackClass {
    StackKind kind = StackKind::empty;
    // "FILE:LINE FUNCTION" of the site frame, else "[backward] NODE", else "[no frame] OP", "[no frame]" when there is no
    // op either; "[no stack]" for the empty stack.
    std::string site;
    FrameId site_frame;         // innermost Python frame outside torch, its helpers, generated code, standard library
    FrameId user_frame;         // the same outside any installed package; falls back to site_frame
    std::string op;             // innermost at::_ops::NAME that is no empty/resize helper; "" = NULL
    std::string backward_node;  // autograd node of the C++ frames, such as "MmBackward0"; "" = NULL
};

[[nodiscard]] StackClass classify_stack(const Symbols& symbols, StackId stack);

// Content hash of a stack, the same in every archive: 64-bit FNV-1a over "FILENAME\0LINE\0NAME\0" of each frame,
// innermost first, LINE in decimal; stored as signed 64-bit.
[[nodiscard]] std::int64_t stack_content_hash(const Symbols& symbols, StackId stack);

}  // namespace snapq::snapshot
