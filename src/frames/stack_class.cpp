#include "frames/stack_class.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "frames/frame_class.hpp"
#include "frames/frame_text.hpp"

namespace snapq::frames {
namespace {

// The class of a frame is its FrameRole plus 1 and these flags. 0 is left for "not classified yet".
constexpr std::uint8_t k_role_bits = 7;
constexpr std::uint8_t k_has_op = 8;
constexpr std::uint8_t k_has_helper_op = 16;
constexpr std::uint8_t k_has_node = 32;

// In frames. The deciding frames of a stack that has at least this many are remembered, because many stacks
// and events can refer to it.
constexpr std::size_t k_deep = 256;

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

void add_frame(DecidingFrames& to, FrameId frame, std::uint8_t frame_class) {
    const FrameRole role = role_in(frame_class);
    (role == FrameRole::cpp ? to.any_cpp : to.any_python) = true;
    if (!to.site && role >= FrameRole::package) to.site = frame;
    if (!to.user && role == FrameRole::user) to.user = frame;
    if (!to.op && (frame_class & k_has_op)) to.op = frame;
    if (frame_class & k_has_helper_op) to.outermost_helper_op = frame;
    if (!to.node && (frame_class & k_has_node)) to.node = frame;
}

StackKind kind_of(const DecidingFrames& frames) {
    if (frames.any_cpp && frames.any_python) return StackKind::mixed;
    if (frames.any_cpp) return StackKind::cpp;
    return frames.any_python ? StackKind::python : StackKind::empty;
}

// The first `longest` + 1 bytes.
std::string_view shortened(std::string_view text, std::size_t longest) {
    return text.size() > longest ? text.substr(0, longest + 1) : text;
}

std::string site_text(const Symbols& symbols, FrameId id, std::size_t longest) {
    const Frame& frame = symbols.frame(id);
    const std::string line = frame.line < 0 ? "?" : fmt::to_string(frame.line);
    return fmt::format("{}:{} {}", shortened(symbols.text(frame.filename), longest), line,
                       shortened(symbols.text(frame.name), longest));
}

std::string site_without_frame(const StackClass& stack) {
    if (stack.kind == StackKind::empty) return "[no stack]";
    if (!stack.backward_node.empty()) return "[backward] " + stack.backward_node;
    return stack.op.empty() ? "[no frame]" : "[no frame] " + stack.op;
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

std::string_view StackClassifier::op_of(FrameId frame) {
    const auto [known, is_new] = m_ops.try_emplace(frame);
    if (is_new) known->second = op_of_function(m_symbols.text(m_symbols.frame(frame).name));
    return known->second;
}

std::string_view StackClassifier::node_of(FrameId id) {
    const auto [known, is_new] = m_nodes.try_emplace(id);
    if (is_new) {
        const Frame& frame = m_symbols.frame(id);
        known->second = frames::node_of(m_symbols.text(frame.filename), m_symbols.text(frame.name),
                                        role_in(frame_class(id)));
    }
    return known->second;
}

StackClass StackClassifier::classify(StackId stack, std::size_t longest) {
    StackClass result = classify_frames(stack, longest);
    const StackId forward_stack = m_symbols.forward_of(stack);
    if (!forward_stack) return result;
    if (result.kind == StackKind::empty) result.kind = StackKind::forward;
    if (result.site_frame) return result;
    const StackClass forward = classify_frames(forward_stack, longest);
    if (!forward.site_frame) return result;
    result.site = shortened(std::string(k_backward_of) + forward.site, longest);
    result.site_frame = forward.site_frame;
    result.user_frame = forward.user_frame;
    return result;
}

StackClass StackClassifier::classify_frames(StackId stack, std::size_t longest) {
    const StackId shared = m_symbols.frames_of(stack);
    if (m_symbols.depth(shared) < k_deep) return describe(deciding_frames(shared), longest);
    const auto known = m_deep.find(shared);
    if (known != m_deep.end()) return describe(known->second, longest);
    return describe(m_deep.emplace(shared, deciding_frames(shared)).first->second, longest);
}

DecidingFrames StackClassifier::deciding_frames(StackId stack) {
    DecidingFrames frames;
    const std::size_t depth = m_symbols.depth(stack);
    for (std::size_t i = 0; i < depth; ++i) {
        const FrameId frame = m_symbols.frame_at(stack, i);
        add_frame(frames, frame, frame_class(frame));
    }
    return frames;
}

StackClass StackClassifier::describe(const DecidingFrames& frames, std::size_t longest) {
    StackClass result;
    result.kind = kind_of(frames);
    result.site_frame = frames.site;
    result.user_frame = frames.user ? frames.user : frames.site;
    if (const FrameId op = frames.op ? frames.op : frames.outermost_helper_op)
        result.op = shortened(op_of(op), longest);
    if (frames.node) result.backward_node = shortened(node_of(frames.node), longest);
    result.site = frames.site ? site_text(m_symbols, frames.site, longest) : site_without_frame(result);
    result.site.resize(shortened(result.site, longest).size());
    return result;
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

std::int64_t StackHasher::hash(StackId stack) {
    const StackId forward = m_symbols.forward_of(stack);
    std::uint64_t bytes = text_bytes(m_symbols.frames_of(stack));
    if (forward && bytes <= m_bytes_left) bytes += text_bytes(forward);
    if (bytes <= m_bytes_left) {
        m_bytes_left -= bytes;
        return stack_content_hash(m_symbols, stack);
    }
    m_bytes_left = 0;
    std::uint64_t hash = hash_of_frames(m_symbols.frames_of(stack));
    if (forward) hash = hash_mix(hash, hash_of_frames(forward));
    return static_cast<std::int64_t>(hash);
}

// Stops counting above m_bytes_left, because many stacks can share the frames of a deep one.
std::uint64_t StackHasher::text_bytes(StackId stack) const {
    constexpr std::uint64_t k_bytes_of_frame = 8;  // the line and the ends of the texts
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < m_symbols.depth(stack) && bytes <= m_bytes_left; ++i) {
        const Frame& frame = m_symbols.frame(m_symbols.frame_at(stack, i));
        bytes += m_symbols.text(frame.filename).size() + m_symbols.text(frame.name).size() + k_bytes_of_frame;
    }
    return bytes;
}

std::uint64_t StackHasher::hash_of_frames(StackId stack) {
    const auto [known, is_new] = m_stacks.try_emplace(stack);
    if (!is_new) return known->second;
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < m_symbols.depth(stack); ++i)
        hash = hash_mix(hash, hash_of_frame(m_symbols.frame_at(stack, i)));
    return known->second = hash;
}

std::uint64_t StackHasher::hash_of_frame(FrameId id) {
    const auto [known, is_new] = m_frames.try_emplace(id);
    if (!is_new) return known->second;
    const Frame& frame = m_symbols.frame(id);
    const std::uint64_t texts =
        hash_mix(hash_bytes(m_symbols.text(frame.filename)), hash_bytes(m_symbols.text(frame.name)));
    return known->second = hash_mix(texts, static_cast<std::uint64_t>(frame.line));
}

namespace {

// PyTorch 2.0 has only _call_impl; _wrapped_call_impl came with 2.1, and `inner`, which runs hooks, with 2.5.
// _slow_forward runs while torch.jit traces.
constexpr std::array<std::string_view, 4> k_calls{"_call_impl", "_wrapped_call_impl", "inner",
                                                  "_slow_forward"};

// The name without the class: "forward" of "Block.forward", as code objects may be named by their qualified
// names.
std::string_view unqualified(std::string_view name) {
    return name.substr(name.rfind('.') + 1);  // npos + 1 is 0
}

bool is_module_file(std::string_view filename) {
    constexpr std::size_t k_parts = 4;
    if (base_name(filename) != "module.py") return false;
    const FramePath path(filename);
    return path.size() >= k_parts &&
           path.part(path.size() - k_parts, k_parts) == "torch/nn/modules/module.py";
}

// accelerate converts the results of a model in a function that is also called forward.
bool is_wrapper(std::string_view filename) {
    constexpr std::size_t k_parts = 3;
    if (base_name(filename) != "operations.py") return false;
    const FramePath path(filename);
    return path.size() >= k_parts &&
           path.part(path.size() - k_parts, k_parts) == "accelerate/utils/operations.py";
}

// Finds the frame that represents one call of a module, from the frames inside the call.
class ModuleCall {
public:
    explicit ModuleCall(std::size_t place) : m_place(place) {}

    void add(ModuleFrame frame, std::size_t place) {
        if (static_cast<int>(frame) >= static_cast<int>(m_best)) return;
        m_best = frame;
        m_place = place;
    }
    [[nodiscard]] bool is_empty() const { return m_best == k_nothing; }
    [[nodiscard]] bool is_named() const {
        return m_best == ModuleFrame::forward || m_best == ModuleFrame::code;
    }
    [[nodiscard]] std::size_t place() const { return m_place; }

private:
    // ModuleFrame lists the frames that can represent a module in the order of preference, the best first.
    static constexpr auto k_nothing = static_cast<ModuleFrame>(static_cast<int>(ModuleFrame::other) + 1);
    ModuleFrame m_best = k_nothing;
    std::size_t m_place;
};

}  // namespace

ModuleFrame module_frame_of(std::string_view filename, std::string_view name, std::int64_t line) {
    const FrameRole role = role_of_frame(filename, name, line);
    if (role == FrameRole::cpp) return ModuleFrame::ignored;
    if (std::ranges::find(k_calls, unqualified(name)) != k_calls.end() && is_module_file(filename))
        return ModuleFrame::call;
    if (unqualified(stable_function(name)) == "forward" && !is_wrapper(filename)) return ModuleFrame::forward;
    return role >= FrameRole::package ? ModuleFrame::code : ModuleFrame::other;
}

std::vector<std::size_t> module_chain(std::span<const ModuleFrame> frames) {
    std::vector<std::size_t> chain;
    std::optional<ModuleCall> call;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (frames[i] == ModuleFrame::ignored) continue;
        if (frames[i] != ModuleFrame::call) {
            if (call) call->add(frames[i], i);
            continue;
        }
        if (call && call->is_empty()) continue;  // another frame of the same call
        if (call && call->is_named()) chain.push_back(call->place());
        call.emplace(i);
    }
    if (call) chain.push_back(call->place());
    return chain;
}

}  // namespace snapq::frames
