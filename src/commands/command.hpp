// The shape of a command: describe its options, check them, run.
#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

namespace snapq::commands {

class Command {
public:
    Command() = default;
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;
    virtual ~Command() = default;

    [[nodiscard]] virtual std::string name() const = 0;
    // One line for the list of commands.
    [[nodiscard]] virtual std::string summary() const = 0;
    // Declares options bound to members of this object, which lives as long as `app`.
    virtual void configure(CLI::App& app) = 0;
    // Checks what the options mean together, without touching a file. Throws UsageError.
    virtual void validate() {}
    // Does the work; results go to stdout, all else to stderr. Returns the exit code 0 or 1, throws Error for
    // the others.
    virtual int run() = 0;
};

// All commands in the order of `snapq --help`. The only place that names them.
[[nodiscard]] std::vector<std::unique_ptr<Command>> all_commands();

}  // namespace snapq::commands
