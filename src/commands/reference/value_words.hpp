// What completion offers for the value of an option or for an argument.
//
// The name of the value says it, as it stands in the help: KEY is a key of --by, MOMENT a moment, FILE a
// file, and "zip|dir" one of these words. A new option whose value has such a name is completed without
// further work.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "commands/reference/option_text.hpp"

namespace snapq::commands {

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

}  // namespace snapq::commands
