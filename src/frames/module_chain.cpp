#include "frames/module_chain.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "frames/frame_class.hpp"
#include "frames/frame_path.hpp"
#include "frames/frame_text.hpp"

namespace snapq::frames {
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
