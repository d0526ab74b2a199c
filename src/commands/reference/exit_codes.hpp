// What the exit codes mean, for --help and the manual pages.
#pragma once

#include <array>
#include <string_view>

namespace snapq::commands {

struct ExitCode {
    int code;
    std::string_view meaning;
};

inline constexpr std::array k_exit_codes{
    ExitCode{0, "success"},
    ExitCode{1, "a limit you set was exceeded or could not be checked, or --timeout ended a query"},
    ExitCode{2, "usage error"},
    ExitCode{3, "the input cannot be used"},
    ExitCode{4, "system error (disk full, output not writable)"},
};

}  // namespace snapq::commands
