// The words that the shell knows: its dot commands, with the text of .help, and what the Tab key completes.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/query/query.hpp"

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

// The words that can be completed.
struct Vocabulary {
    std::map<std::string, std::vector<std::string>>
        columns;                     // by table; those of attached archives as name.table
    std::vector<std::string> words;  // keywords in capitals, functions with their parenthesis
};

[[nodiscard]] Vocabulary vocabulary_of(archive::Database& database);

struct Completion {
    std::size_t typed = 0;                // bytes before the cursor that the candidates replace
    std::vector<std::string> candidates;  // sorted, each once; whole words
};

// The candidates if the cursor is at the end of `line`.
[[nodiscard]] Completion complete(std::string_view line, const Vocabulary& vocabulary);

// The longest beginning that all candidates share. Upper and lower case are equal.
[[nodiscard]] std::string common_beginning(const std::vector<std::string>& candidates);

}  // namespace snapq::commands
