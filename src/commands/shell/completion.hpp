// Completion with the Tab key.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/query/query.hpp"

namespace snapq::commands {

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
