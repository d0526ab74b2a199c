// What the user typed, understood: global options, the choice of a command and its options. Touches no file.
#pragma once

#include <iosfwd>
#include <memory>
#include <vector>

#include "commands/command.hpp"

namespace snapq::commands {

class CommandLine {
public:
    CommandLine();

    // The command that was asked for, its options checked; it lives as long as this object. Null when that
    // was
    // --help or --version, whose text has gone to `out`. Throws UsageError. To be called once.
    [[nodiscard]] Command* parse(int argc, const char* const* argv, std::ostream& out);

private:
    std::vector<std::unique_ptr<Command>> m_commands;
    CLI::App m_app;  // bound to the commands' members
};

}  // namespace snapq::commands
