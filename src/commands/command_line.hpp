// Parses the command line: global options, the command and its options. Opens no file.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "commands/command.hpp"

namespace snapq::commands {

class CommandLine {
public:
    CommandLine();

    // Returns the command with its options checked; it lives as long as this object. Null for --help and
    // --version, whose text is written to `out`. Throws UsageError. Call it once.
    [[nodiscard]] Command* parse(int argc, const char* const* argv, std::ostream& out);

private:
    [[nodiscard]] std::vector<std::string> arguments_of(int argc, const char* const* argv) const;

    std::vector<std::unique_ptr<Command>> m_commands;
    CLI::App m_app;  // bound to the commands' members
};

}  // namespace snapq::commands
