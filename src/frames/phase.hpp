// The phase of a training step in which a stack runs: forward, backward, optimizer and so on. It is a
// function of the stack alone; docs/categories.md defines it, and phase_rules.hpp has the rules as a table.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "frames/symbols.hpp"

namespace snapq::frames {

enum class Phase : std::uint8_t {
    none,  // no frames: nothing is known
    zero_grad,
    optimizer,
    communication,
    checkpoint,  // recomputation of a forward inside the backward pass
    backward,
    load,
    data,
    compile,
    forward,
    other,  // frames without a rule
};

inline constexpr std::size_t k_phase_count = static_cast<std::size_t>(Phase::other) + 1;

// The name in the database: "zero_grad", "forward", …; "" for none.
[[nodiscard]] std::string_view name_of(Phase phase);

struct StackPhase {
    Phase phase = Phase::none;
    bool is_workspace = false;  // memory that cuBLAS or cuDNN keeps for itself
    bool is_kv_cache = false;   // made by the cache of a serving engine
    bool in_backward = false;   // somewhere below the backward pass, whatever the phase is
    bool is_decided = false;    // false: only a weak rule matched, or none
};

// The phases of all stacks of a snapshot. Computed by the constructor, which looks at each frame, each name
// and each file once, and at the frames of each stack. Takes 5 bytes a stack. Any number of threads may read
// it.
class StackPhases {
public:
    explicit StackPhases(const Symbols& symbols);

    // Phase::none for a stack that is `none`.
    [[nodiscard]] StackPhase of(StackId stack) const {
        return stack ? m_phases[stack.value()] : StackPhase{};
    }
    // Whether a stack has a C++ frame. A recording without them has no stacks for the threads of autograd.
    [[nodiscard]] bool any_cpp() const { return m_any_cpp; }

private:
    std::vector<StackPhase> m_phases;  // by StackId
    bool m_any_cpp = false;
};

}  // namespace snapq::frames
