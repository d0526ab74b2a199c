// The texts of --version, and the facts about the build in them, which CMake finds when it configures. Their
// source is generated from build_info.cpp.in.
#pragma once

#include <string>
#include <string_view>

namespace snapq::commands {

struct BuildInfo {
    std::string_view commit;       // abbreviated, or "unknown" outside of a git checkout
    std::string_view commit_date;  // "2026-11-28", or empty
    std::string_view compiler;     // "GNU 12.2.0"
    std::string_view build_type;   // "Release"
    // The versions of libraries that have no function for it; "unknown" if the package does not tell it
    // either.
    std::string_view re2;
    std::string_view libedit;
};

[[nodiscard]] const BuildInfo& build_info();

// "snapq 0.2.0"
[[nodiscard]] std::string version_line();

// That line, and below it one line each for the commit, the compiler, the build type, the libraries and the
// formats: a name, and its value from column 18 on. No line feed at the end.
[[nodiscard]] std::string version_details();

}  // namespace snapq::commands
