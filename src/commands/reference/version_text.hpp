// The texts of --version.
#pragma once

#include <string>

namespace snapq::commands {

// "snapq 0.2.0"
[[nodiscard]] std::string version_line();

// That line, and below it one line each for the commit, the compiler, the build type, the libraries and the
// formats: a name, and its value from column 18 on. No line feed at the end.
[[nodiscard]] std::string version_details();

}  // namespace snapq::commands
