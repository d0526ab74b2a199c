// Classification of whole stacks: site, user frame, op, autograd node, kind, and a hash of the content. All
// are functions of the stack alone and are computed once for each distinct stack. docs/snapshots.md defines
// them; stack_rules.hpp has the rules as a table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "frames/symbols.hpp"

namespace snapq::frames {

// forward: no frames of its own, but a forward stack.
enum class StackKind : std::uint8_t { python, cpp, mixed, empty, forward };
[[nodiscard]] std::string_view name_of(StackKind kind);  // as stored: python, cpp, mixed, empty, forward

inline constexpr std::string_view k_backward_of = "[backward of] ";

struct StackClass {
    StackKind kind = StackKind::empty;
    // "FILE:LINE FUNCTION" of the site frame, with "?" for an unknown line; else "[backward] NODE", else
    // "[no frame] OP", else "[no frame]". "[no stack]" for the empty stack. A stack without a site frame that
    // has a forward stack gets the site of that one: "[backward of] FILE:LINE FUNCTION".
    std::string site;
    // The innermost Python frame outside torch, its helpers, generated code and the standard library, or
    // none.
    FrameId site_frame;
    // The innermost one that is also outside all installed packages; without one, the site frame.
    FrameId user_frame;
    // The innermost at::_ops::NAME that is not an allocation helper (empty, resize, …), without its overload:
    // "div", not "div_Tensor". When all are helpers, the outermost one, which the program called. "" when
    // none.
    std::string op;
    // The autograd node, such as "MmBackward0", or the step of the autograd engine between two nodes, such as
    // "InputBuffer" (the sum of gradients). "" when none.
    std::string backward_node;
};

// Classifies the stacks of one snapshot and remembers the class of each frame, one byte a frame. The symbols
// must outlive it and may grow between calls. One thread. Throws nothing of its own.
class StackClassifier {
public:
    explicit StackClassifier(const Symbols& symbols) : m_symbols(symbols) {}

    [[nodiscard]] StackClass classify(StackId stack);

private:
    [[nodiscard]] StackClass classify_frames(StackId stack);
    [[nodiscard]] std::uint8_t frame_class(FrameId frame);

    const Symbols& m_symbols;
    std::vector<std::uint8_t> m_frame_classes;  // by frame; 0: not classified yet
};

// For a single stack.
[[nodiscard]] StackClass classify_stack(const Symbols& symbols, StackId stack);

// 64-bit FNV-1a: hashes that are the same in every archive, in every version and on every machine.
class Fnv1a {
public:
    void add(std::string_view bytes) {
        for (const char byte : bytes) {
            m_hash ^= static_cast<unsigned char>(byte);
            m_hash *= 0x100000001b3ULL;
        }
    }
    [[nodiscard]] std::uint64_t value() const { return m_hash; }

private:
    std::uint64_t m_hash = 0xcbf29ce484222325ULL;
};

// FNV-1a over "FILENAME\0LINE\0NAME\0" of each frame, innermost first, LINE in decimal. The empty stack has
// the hash of no bytes. For a stack with a forward stack, "\0" and then the frames of that one follow.
// Archives store it, as a signed number.
[[nodiscard]] std::int64_t stack_content_hash(const Symbols& symbols, StackId stack);

}  // namespace snapq::frames
