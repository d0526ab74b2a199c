// Classification of a single frame: pure functions of its texts, for any thread. The rules are the table
// in stack_rules.hpp.
#pragma once

#include <cstdint>
#include <string_view>

namespace snapq::frames {

class FramePath;

enum class FrameRole : std::uint8_t {
    cpp,       // not a Python frame
    internal,  // torch, its helpers, generated code or the standard library: never a site
    package,   // an installed package: can be a site, but not a user frame
    user,      // can be a site and a user frame
};

// `line` matters only for files without a known extension: if it is 0 or less, the frame is a C++ frame.
[[nodiscard]] bool is_python_frame(std::string_view filename, std::string_view name, std::int64_t line);
[[nodiscard]] FrameRole role_of_frame(std::string_view filename, std::string_view name, std::int64_t line);

// The autograd node that a Python frame belongs to; "" when none.
[[nodiscard]] std::string_view node_of_python_frame(std::string_view filename, std::string_view name);

// Whether inductor generated the file. Its files are named by 'c' (code) and the base32 hash of their text.
// They are in a directory named by the first two characters of the hash, below TORCHINDUCTOR_CACHE_DIR:
// …/3u/c3uxhj5q2ablsq….py.
[[nodiscard]] bool is_inductor_file(const FramePath& path);

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
