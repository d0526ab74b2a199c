// Gives a command its arguments without starting the program.
#pragma once

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "commands/command.hpp"
#include "support/error.hpp"

namespace snapq::tests {

// Parses and validates as `snapq NAME ARGUMENTS…` would. Throws what the program would report.
inline void give(commands::Command& command, std::vector<std::string> arguments) {
    CLI::App app;
    command.configure(app);
    std::ranges::reverse(arguments);  // CLI11 takes a vector from its end
    app.parse(arguments);
    command.validate();
}

// The message of the UsageError that the arguments cause; empty when they cause none.
inline std::string complaint(commands::Command& command, std::vector<std::string> arguments) {
    try {
        give(command, std::move(arguments));
    } catch (const Error& error) {
        return error.kind() == ErrorKind::usage ? error.what() : "another kind of error";
    } catch (const CLI::ParseError& error) {
        return std::string("CLI: ") + error.what();
    }
    return {};
}

}  // namespace snapq::tests
