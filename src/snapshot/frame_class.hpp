// What a single frame says about the stack it is in: pure functions of its texts. The rules stand in
// stack_rules.hpp.
#pragma once

#include <cstdint>
#include <string_view>

namespace snapq::snapshot {

enum class FrameRole : std::uint8_t {
    cpp,       // not a Python frame
    internal,  // torch, its helpers, generated code or the standard library: never a site
    package,   // installed by someone: a site, but no user frame
    user,      // a site and a user frame
};

// `line` is only asked for where the texts do not tell a Python frame from a C++ one.
[[nodiscard]] FrameRole role_of_frame(std::string_view filename, std::string_view name, std::int64_t line);

// The operator that a C++ function of this name dispatches, without its overload: "div" of
// "at::_ops::div_Tensor::call(…)". A part of `name`; "" when it is no such function.
[[nodiscard]] std::string_view op_of_function(std::string_view name);

// The operator named by a struct of at::_ops: "div" of "div_Tensor", "add_" of "add__Scalar".
[[nodiscard]] std::string_view without_overload(std::string_view op_struct);

// Whether an operator makes memory on behalf of another one: empty_strided, resize_ and the like.
[[nodiscard]] bool is_allocation_helper(std::string_view op);

// The autograd node, or step of the engine, that a C++ function of this name belongs to; "" when to none.
[[nodiscard]] std::string_view node_of_function(std::string_view name);

// The same for a Python frame.
[[nodiscard]] std::string_view node_of_python_frame(std::string_view filename, std::string_view name);

}  // namespace snapq::snapshot
