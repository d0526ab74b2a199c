// `snapq help` and `snapq completion`: they explain the command line, from the tables of all commands.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace snapq::commands {

class ReferenceCommands {
public:
    // Adds both after the program's other commands. `program` must not outlive this object.
    void configure(CLI::App& program);

    // Call it after parsing. Returns the requested text, or nullopt if another command was given. Throws
    // UsageError for an unknown topic and for surplus arguments.
    [[nodiscard]] std::optional<std::string> answer(const CLI::App& program) const;

private:
    [[nodiscard]] std::string help(const CLI::App& program) const;

    CLI::App* m_help = nullptr;
    CLI::App* m_completion = nullptr;
    std::string m_topic;  // the command to explain; empty: the program
    bool m_as_manual = false;
    std::string m_shell;
};

}  // namespace snapq::commands
