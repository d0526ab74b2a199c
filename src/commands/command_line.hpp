// Parses the command line: global options, the command and its options. Opens no file.
#pragma once

#include <iosfwd>
#include <memory>
#include <vector>

#include "commands/command.hpp"
#include "commands/reference/reference_commands.hpp"

namespace snapq::commands {

class CommandLine {
public:
    CommandLine();

    // Returns the command with its options checked; it lives as long as this object. Null for --help,
    // --version, `help` and `completion`, whose text is written to `out`. Throws UsageError. Call it once.
    [[nodiscard]] Command* parse(int argc, const char* const* argv, std::ostream& out);

private:
    std::vector<std::unique_ptr<Command>> m_commands;
    ReferenceCommands m_reference;
    CLI::App m_app;  // bound to the members of the commands and of m_reference
};

}  // namespace snapq::commands
