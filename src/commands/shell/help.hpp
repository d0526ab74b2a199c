// The shell's dot commands, and what .help says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace snapq::commands {

struct DotCommand {
    std::string_view name;       // with its dot
    std::string_view arguments;  // empty, or "on|off" and the like
    std::string_view does;
};

[[nodiscard]] const std::vector<DotCommand>& dot_commands();
[[nodiscard]] std::vector<std::string> dot_command_names();

// Commands, functions and moments, whole lines.
[[nodiscard]] std::string help_text();

}  // namespace snapq::commands
