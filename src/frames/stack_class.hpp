// Classification of whole stacks: site, user frame, op, autograd node, kind, a hash of the content, and the
// chain of modules that were running. All are functions of the stack alone and are computed once for each
// distinct stack. docs/snapshots.md defines them, docs/categories.md the chain; stack_rules.hpp has the rules
// as a table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "frames/symbols.hpp"

namespace snapq::frames {

// `forward`: the stack has no frames of its own, but a forward stack.
enum class StackKind : std::uint8_t { python, cpp, mixed, empty, forward };
[[nodiscard]] std::string_view name_of(StackKind kind);  // the name in the database

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

// The frames that decide the class of a stack: unless the name says otherwise, the innermost of their kind.
struct DecidingFrames {
    bool any_cpp = false;
    bool any_python = false;
    FrameId site;
    FrameId user;
    FrameId op;
    FrameId outermost_helper_op;
    FrameId node;
};

// Classifies the stacks of one snapshot and remembers the class of each frame, one byte a frame. Stacks may
// share frames and names of any length, so each of these is looked at once. The symbols must outlive it and
// may grow between calls. One thread. Throws nothing of its own.
class StackClassifier {
public:
    explicit StackClassifier(const Symbols& symbols) : m_symbols(symbols) {}

    // A text of more than `longest` bytes is cut to its first `longest` + 1 bytes.
    [[nodiscard]] StackClass classify(StackId stack, std::size_t longest = std::string::npos);

private:
    [[nodiscard]] StackClass classify_frames(StackId stack, std::size_t longest);
    [[nodiscard]] DecidingFrames deciding_frames(StackId stack);
    [[nodiscard]] StackClass describe(const DecidingFrames& frames, std::size_t longest);
    [[nodiscard]] std::uint8_t frame_class(FrameId frame);
    [[nodiscard]] std::string_view op_of(FrameId frame);
    [[nodiscard]] std::string_view node_of(FrameId id);

    const Symbols& m_symbols;
    std::vector<std::uint8_t> m_frame_classes;            // by frame; 0: not classified yet
    std::unordered_map<StackId, DecidingFrames> m_deep;   // of deep stacks, by Symbols::frames_of
    std::unordered_map<FrameId, std::string_view> m_ops;  // of the deciding frames so far
    std::unordered_map<FrameId, std::string_view> m_nodes;
};

// Classifies a single stack. For many stacks, a StackClassifier is faster.
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

// The same for all stacks of a snapshot, which may share frames and names of any length: when the hashed
// texts exceed `most_bytes`, further stacks get the hash of the hashes of their frames. No recorder writes so
// much. The symbols must outlive it. One thread.
class StackHasher {
public:
    StackHasher(const Symbols& symbols, std::uint64_t most_bytes)
        : m_symbols(symbols), m_bytes_left(most_bytes) {}

    [[nodiscard]] std::int64_t hash(StackId stack);

private:
    [[nodiscard]] std::uint64_t text_bytes(StackId stack) const;
    [[nodiscard]] std::uint64_t hash_of_frames(StackId stack);
    [[nodiscard]] std::uint64_t hash_of_frame(FrameId id);

    const Symbols& m_symbols;
    std::uint64_t m_bytes_left;
    std::unordered_map<StackId, std::uint64_t> m_stacks;  // hashes of the hashes of their frames
    std::unordered_map<FrameId, std::uint64_t> m_frames;
};

// What a frame means for the chain of modules.
enum class ModuleFrame : std::uint8_t {
    ignored,  // a C++ frame
    call,     // a part of the call of a module: _call_impl and others of torch/nn/modules/module.py
    forward,  // the function of a module; also forward of torch.autograd.Function
    code,     // other Python that can be a site
    other,    // other Python: of PyTorch, its helpers or the standard library
};

// `line` as in frames::role_of_frame.
[[nodiscard]] ModuleFrame module_frame_of(std::string_view filename, std::string_view name,
                                          std::int64_t line);

// For each call of a module, outermost first: the index of the frame that represents the module. It is the
// first `forward` before the next call, because wrappers may come before it, or else the first `code`. A call
// without these is left out, for example that of a compiled module around another module. Only the last call
// is never left out: the first `other`, such as a hook, represents it, or else the call itself. `frames`:
// outermost first.
[[nodiscard]] std::vector<std::size_t> module_chain(std::span<const ModuleFrame> frames);

}  // namespace snapq::frames
