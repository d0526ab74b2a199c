// The shell's dot commands and the text of .help.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace snapq::commands {

struct DotCommand {
    std::string_view name;       // with its dot
    std::string_view arguments;  // "on|off"; may be empty
    std::string_view does;
};

[[nodiscard]] const std::vector<DotCommand>& dot_commands();
[[nodiscard]] std::vector<std::string> dot_command_names();

// The text of .help: commands, functions and moments.
[[nodiscard]] std::string help_text();

}  // namespace snapq::commands
