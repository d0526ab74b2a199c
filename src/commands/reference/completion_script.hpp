// Completion scripts for shells, made from the option tables of all commands. A script contains every word
// that it offers, so pressing Tab starts no program.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace snapq::commands {

// "bash", "zsh", "fish"
[[nodiscard]] const std::vector<std::string>& shell_names();

// `shell` is one of shell_names().
[[nodiscard]] std::string completion_script(const std::string& shell, const CLI::App& program);

[[nodiscard]] std::string bash_completion(const CLI::App& program);
[[nodiscard]] std::string zsh_completion(const CLI::App& program);
[[nodiscard]] std::string fish_completion(const CLI::App& program);

}  // namespace snapq::commands
