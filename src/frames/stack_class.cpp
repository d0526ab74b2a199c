#include "frames/stack_class.hpp"

#include <fmt/format.h>

#include "frames/frame_class.hpp"
#include "frames/function_class.hpp"

namespace snapq::frames {

namespace {

// A frame_class is a FrameRole plus 1 and what else the frame has to say, so that 0 is left for "not looked
// at yet".
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

// What stands out in a stack: frames by what they give, the innermost of their sort.
struct Findings {
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

StackClass describe(const Symbols& symbols, const Findings& found) {
    StackClass result;
    result.kind = found.kind();
    result.site_frame = found.site;
    result.user_frame = found.user ? found.user : found.site;
    if (const FrameId op = found.op ? found.op : found.outermost_helper_op) {
        result.op = op_of_function(symbols.text(symbols.frame(op).name));
    }
    if (found.node) {
        const Frame& frame = symbols.frame(found.node);
        const std::string_view filename = symbols.text(frame.filename);
        const std::string_view name = symbols.text(frame.name);
        result.backward_node = node_of(filename, name, role_of_frame(filename, name, frame.line));
    }
    result.site = found.site ? site_text(symbols, found.site) : site_without_frame(result);
    return result;
}

class Fnv1a {
public:
    void add(std::string_view bytes) {
        for (const char byte : bytes) {
            m_hash ^= static_cast<unsigned char>(byte);
            m_hash *= 0x100000001b3ULL;
        }
    }
    void add_terminated(std::string_view text) {
        add(text);
        add(std::string_view("\0", 1));
    }
    [[nodiscard]] std::uint64_t value() const { return m_hash; }

private:
    std::uint64_t m_hash = 0xcbf29ce484222325ULL;
};

}  // namespace

std::string_view name_of(StackKind kind) {
    switch (kind) {
        case StackKind::python: return "python";
        case StackKind::cpp: return "cpp";
        case StackKind::mixed: return "mixed";
        case StackKind::empty: return "empty";
    }
    return "empty";
}

std::uint8_t StackClassifier::class_of(FrameId frame) {
    if (frame.value() >= m_frame_classes.size()) m_frame_classes.resize(m_symbols.frame_count());
    std::uint8_t& frame_class = m_frame_classes[frame.value()];
    if (frame_class == 0) frame_class = classify_frame(m_symbols, frame);
    return frame_class;
}

StackClass StackClassifier::classify(StackId stack) {
    Findings found;
    const std::size_t depth = m_symbols.depth(stack);
    for (std::size_t i = 0; i < depth; ++i) {
        const FrameId frame = m_symbols.frame_at(stack, i);
        found.add(frame, class_of(frame));
    }
    return describe(m_symbols, found);
}

StackClass classify_stack(const Symbols& symbols, StackId stack) {
    return StackClassifier(symbols).classify(stack);
}

std::int64_t stack_content_hash(const Symbols& symbols, StackId stack) {
    Fnv1a hash;
    const std::size_t depth = symbols.depth(stack);
    for (std::size_t i = 0; i < depth; ++i) {
        const Frame& frame = symbols.frame(symbols.frame_at(stack, i));
        hash.add_terminated(symbols.text(frame.filename));
        hash.add_terminated(fmt::format_int(frame.line).c_str());
        hash.add_terminated(symbols.text(frame.name));
    }
    return static_cast<std::int64_t>(hash.value());
}

}  // namespace snapq::frames
