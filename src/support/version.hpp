// The version of snapq. It is written in CMakeLists.txt only.
#pragma once

#include <string_view>

namespace snapq {

// "0.2.0". The text lives as long as the program.
[[nodiscard]] std::string_view program_version() noexcept;

}  // namespace snapq
