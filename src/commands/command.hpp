// The interface of a command: describe its options, check them, run.
#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

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
    // Checks the options against each other without touching a file. Throws UsageError.
    virtual void validate() {}
    // Results go to stdout, messages to stderr. Returns exit code 0 or 1; for the other codes it throws
    // Error.
    virtual int run() = 0;
};

// The commands, each from the file of its name, such as convert_command.cpp.
[[nodiscard]] std::unique_ptr<Command> make_convert_command();
[[nodiscard]] std::unique_ptr<Command> make_query_command();
[[nodiscard]] std::unique_ptr<Command> make_summary_command();
[[nodiscard]] std::unique_ptr<Command> make_diff_command();
[[nodiscard]] std::unique_ptr<Command> make_report_command();
[[nodiscard]] std::unique_ptr<Command> make_info_command();
[[nodiscard]] std::unique_ptr<Command> make_extract_command();
[[nodiscard]] std::unique_ptr<Command> make_verify_command();
[[nodiscard]] std::unique_ptr<Command> make_export_command();

}  // namespace snapq::commands
