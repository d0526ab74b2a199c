// Manual pages in man(7), made from the same option tables and texts as --help.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>

namespace snapq::commands {

// The page snapq-COMMAND(1), or snapq(1) if `command` is the program itself. Its date is the date of the
// commit from which the program was built.
[[nodiscard]] std::string manual_page(const CLI::App& program, const CLI::App& command);

// Escapes UTF-8 text so that a page shows it unchanged, also in an argument of a macro. This concerns
// everything that roff would read as an escape, a request or another character; characters beyond ASCII
// become \[uXXXX]. Line feeds are kept, and each line may be the beginning of a line of the page.
[[nodiscard]] std::string roff(std::string_view text);

}  // namespace snapq::commands
