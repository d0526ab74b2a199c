// What the program says beside its results.
#pragma once

#include <string_view>

namespace snapq::commands {

// `snapq: error: MESSAGE` and, unless it is empty, `snapq: hint: HINT` on stderr. Messages quote names from
// files, so there is nothing in them that a terminal would obey, and a message is one line; a hint may have
// several.
void print_error(std::string_view message, std::string_view hint = {});

}  // namespace snapq::commands
