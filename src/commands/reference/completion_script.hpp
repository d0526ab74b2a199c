// Completion scripts for shells, made from the option tables of all commands. A script contains every word
// that it offers, so pressing Tab starts no program.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "commands/reference/option_text.hpp"

namespace snapq::commands {

// The words that completion offers for the value of an option or for an argument.
//
// They depend on the name of the value in the help: KEY|tree is a key of --by, MOMENT a moment, FILE a file,
// and "zip|dir" one of these words. A new option whose value has such a name needs no further work.
enum class ValueKind : std::uint8_t {
    free,       // a number, a size, a pattern: nothing can be offered
    words,      // one of `words`
    word_list,  // some of `words`, with commas between them
    file,
    directory,
};

struct ValueWords {
    ValueKind kind = ValueKind::free;
    std::vector<std::string> words;
};

[[nodiscard]] ValueWords words_for(const OptionText& option);

// "bash", "zsh", "fish"
[[nodiscard]] const std::vector<std::string>& shell_names();

// `shell` is one of shell_names().
[[nodiscard]] std::string completion_script(const std::string& shell, const CLI::App& program);

[[nodiscard]] std::string bash_completion(const CLI::App& program);
[[nodiscard]] std::string zsh_completion(const CLI::App& program);
[[nodiscard]] std::string fish_completion(const CLI::App& program);

}  // namespace snapq::commands
