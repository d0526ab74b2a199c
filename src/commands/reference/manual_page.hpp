// Manual pages in man(7), made from the same option tables and texts as --help.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace snapq::commands {

// The page snapq-COMMAND(1), or snapq(1) when `command` is the program itself. Its date is that of the commit
// from which the program was built.
[[nodiscard]] std::string manual_page(const CLI::App& program, const CLI::App& command);

}  // namespace snapq::commands
