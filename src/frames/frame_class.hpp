// What a single frame says about the stack it is in: pure functions of its texts. The rules stand in
// stack_rules.hpp.
#pragma once

#include <cstdint>
#include <string_view>

namespace snapq::frames {

enum class FrameRole : std::uint8_t {
    cpp,       // not a Python frame
    internal,  // torch, its helpers, generated code or the standard library: never a site
    package,   // installed by someone: a site, but no user frame
    user,      // a site and a user frame
};

// `line` is only asked for where the texts do not tell a Python frame from a C++ one.
[[nodiscard]] FrameRole role_of_frame(std::string_view filename, std::string_view name, std::int64_t line);

// The autograd node that a Python frame gives away; "" when none.
[[nodiscard]] std::string_view node_of_python_frame(std::string_view filename, std::string_view name);

}  // namespace snapq::frames
