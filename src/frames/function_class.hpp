// The operator and the autograd node in the demangled name of a C++ function: pure functions, for any thread.
// The rules are the table in stack_rules.hpp.
#pragma once

#include <string_view>

namespace snapq::frames {

// The operator that a C++ function of this name dispatches, without its overload: "div" of
// "at::_ops::div_Tensor::call(…)". A part of `name`; "" when it is not a function of at::_ops.
[[nodiscard]] std::string_view op_of_function(std::string_view name);

// The operator named by a struct of at::_ops: "div" of "div_Tensor", "add_" of "add__Scalar".
[[nodiscard]] std::string_view without_overload(std::string_view op_struct);

// Whether other operators call this one to allocate their results: empty_strided, resize_ and the like.
[[nodiscard]] bool is_allocation_helper(std::string_view op);

// The autograd node, or the step of the autograd engine, that a C++ function of this name belongs to; "" when
// none.
[[nodiscard]] std::string_view node_of_function(std::string_view name);

}  // namespace snapq::frames
