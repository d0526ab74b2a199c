#include "frames/stack_class.hpp"

#include <fmt/format.h>

#include "frames/frame_class.hpp"
#include "frames/function_class.hpp"

namespace snapq::frames {

namespace {

// The class of a frame is its FrameRole plus 1 and these flags. 0 is left for "not classified yet".
constexpr std::uint8_t k_role_bits = 7;
constexpr std::uint8_t k_has_op = 8;
constexpr std::uint8_t k_has_helper_op = 16;
constexpr std::uint8_t k_has_node = 32;

constexpr FrameRole role_in(std::uint8_t frame_class) {
    return static_cast<FrameRole>((frame_class & k_role_bits) - 1);
}

std::string_view node_of(std::string_view filename, std::string_view name, FrameRole role) {
    if (role == FrameRole::cpp) return node_of_function(name);
    return role == FrameRole::internal ? node_of_python_frame(filename, name) : std::string_view();
}

std::uint8_t classify_frame(const Symbols& symbols, FrameId id) {
    const Frame& frame = symbols.frame(id);
    const std::string_view filename = symbols.text(frame.filename);
    const std::string_view name = symbols.text(frame.name);
    const FrameRole role = role_of_frame(filename, name, frame.line);
    int frame_class = static_cast<int>(role) + 1;
    if (role == FrameRole::cpp) {
        const std::string_view op = op_of_function(name);
        if (!op.empty()) frame_class |= is_allocation_helper(op) ? k_has_helper_op : k_has_op;
    }
    if (!node_of(filename, name, role).empty()) frame_class |= k_has_node;
    return static_cast<std::uint8_t>(frame_class);
}

// The frames that decide the class of a stack: unless the name says otherwise, the innermost of their kind.
struct DecidingFrames {
    bool any_cpp = false;
    bool any_python = false;
    FrameId site;
    FrameId user;
    FrameId op;
    FrameId outermost_helper_op;
    FrameId node;

    void add(FrameId frame, std::uint8_t frame_class) {
        const FrameRole role = role_in(frame_class);
        (role == FrameRole::cpp ? any_cpp : any_python) = true;
        if (!site && role >= FrameRole::package) site = frame;
        if (!user && role == FrameRole::user) user = frame;
        if (!op && (frame_class & k_has_op)) op = frame;
        if (frame_class & k_has_helper_op) outermost_helper_op = frame;
        if (!node && (frame_class & k_has_node)) node = frame;
    }

    [[nodiscard]] StackKind kind() const {
        if (any_cpp && any_python) return StackKind::mixed;
        if (any_cpp) return StackKind::cpp;
        return any_python ? StackKind::python : StackKind::empty;
    }
};

std::string site_text(const Symbols& symbols, FrameId id) {
    const Frame& frame = symbols.frame(id);
    const std::string line = frame.line < 0 ? "?" : fmt::to_string(frame.line);
    return fmt::format("{}:{} {}", symbols.text(frame.filename), line, symbols.text(frame.name));
}

std::string site_without_frame(const StackClass& stack) {
    if (stack.kind == StackKind::empty) return "[no stack]";
    if (!stack.backward_node.empty()) return "[backward] " + stack.backward_node;
    return stack.op.empty() ? "[no frame]" : "[no frame] " + stack.op;
}

StackClass describe(const Symbols& symbols, const DecidingFrames& frames) {
    StackClass result;
    result.kind = frames.kind();
    result.site_frame = frames.site;
    result.user_frame = frames.user ? frames.user : frames.site;
    if (const FrameId op = frames.op ? frames.op : frames.outermost_helper_op) {
        result.op = op_of_function(symbols.text(symbols.frame(op).name));
    }
    if (frames.node) {
        const Frame& frame = symbols.frame(frames.node);
        const std::string_view filename = symbols.text(frame.filename);
        const std::string_view name = symbols.text(frame.name);
        result.backward_node = node_of(filename, name, role_of_frame(filename, name, frame.line));
    }
    result.site = frames.site ? site_text(symbols, frames.site) : site_without_frame(result);
    return result;
}

}  // namespace

std::string_view name_of(StackKind kind) {
    switch (kind) {
        case StackKind::python: return "python";
        case StackKind::cpp: return "cpp";
        case StackKind::mixed: return "mixed";
        case StackKind::empty: return "empty";
        case StackKind::forward: return "forward";
    }
    return "empty";
}

std::uint8_t StackClassifier::frame_class(FrameId frame) {
    if (frame.value() >= m_frame_classes.size()) m_frame_classes.resize(m_symbols.frame_count());
    std::uint8_t& known = m_frame_classes[frame.value()];
    if (known == 0) known = classify_frame(m_symbols, frame);
    return known;
}

StackClass StackClassifier::classify(StackId stack) {
    StackClass result = classify_frames(stack);
    const StackId forward_stack = m_symbols.forward_of(stack);
    if (!forward_stack) return result;
    if (result.kind == StackKind::empty) result.kind = StackKind::forward;
    if (result.site_frame) return result;
    const StackClass forward = classify_frames(forward_stack);
    if (!forward.site_frame) return result;
    result.site = std::string(k_backward_of) + forward.site;
    result.site_frame = forward.site_frame;
    result.user_frame = forward.user_frame;
    return result;
}

StackClass StackClassifier::classify_frames(StackId stack) {
    DecidingFrames frames;
    const std::size_t depth = m_symbols.depth(stack);
    for (std::size_t i = 0; i < depth; ++i) {
        const FrameId frame = m_symbols.frame_at(stack, i);
        frames.add(frame, frame_class(frame));
    }
    return describe(m_symbols, frames);
}

StackClass classify_stack(const Symbols& symbols, StackId stack) {
    return StackClassifier(symbols).classify(stack);
}

std::int64_t stack_content_hash(const Symbols& symbols, StackId stack) {
    Fnv1a hash;
    const auto add_terminated = [&hash](std::string_view text) {
        hash.add(text);
        hash.add(std::string_view("\0", 1));
    };
    const auto add_frames = [&](StackId of) {
        const std::size_t depth = symbols.depth(of);
        for (std::size_t i = 0; i < depth; ++i) {
            const Frame& frame = symbols.frame(symbols.frame_at(of, i));
            add_terminated(symbols.text(frame.filename));
            add_terminated(fmt::format_int(frame.line).c_str());
            add_terminated(symbols.text(frame.name));
        }
    };
    add_frames(stack);
    if (const StackId forward = symbols.forward_of(stack)) {
        add_terminated("");
        add_frames(forward);
    }
    return static_cast<std::int64_t>(hash.value());
}

}  // namespace snapq::frames
