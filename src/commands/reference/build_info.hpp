// Facts about the build that CMake finds when it configures. The source is generated from build_info.cpp.in.
#pragma once

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

}  // namespace snapq::commands
