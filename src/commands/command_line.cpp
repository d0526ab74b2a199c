#include "commands/command_line.hpp"

#include <fmt/format.h>

#include "commands/help_formatter.hpp"
#include "snapq/support/error.hpp"

namespace snapq::commands {
namespace {

constexpr const char* k_exit_codes =
    "Exit codes: 0 done, 1 a limit you set was crossed, 2 wrong usage, 3 the input cannot be used,\n"
    "            4 the surroundings failed (disk full, target not writable).";

// The library only says that a subcommand is missing, also for one that it does not know.
std::string complaint_about_command(const CLI::App& app) {
    const std::vector<std::string> unknown = app.remaining();
    if (unknown.empty()) return "a command is expected";
    return fmt::format("there is no {} '{}'", unknown[0].starts_with('-') ? "option" : "command", unknown[0]);
}

// CLI11 reports a bad command line by exceptions of its own; `--help` and `--version` come the same way.
void finish_parse(const CLI::App& app, const CLI::ParseError& outcome, std::ostream& out) {
    if (outcome.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
        app.exit(outcome, out, out);
        return;
    }
    const auto chosen = app.get_subcommands();
    std::string message = chosen.empty() ? complaint_about_command(app) : outcome.what();
    while (!message.empty() && (message.back() == '\n' || message.back() == '.')) message.pop_back();
    UsageError error(message);
    error.with_hint(chosen.empty() ? "see 'snapq --help'"
                                   : fmt::format("see 'snapq {} --help'", chosen[0]->get_name()));
    throw error;
}

}  // namespace

CommandLine::CommandLine()
    : m_commands(all_commands()),
      m_app(
          "snapq answers questions about PyTorch CUDA memory snapshots: convert, query, summarise, compare.",
          "snapq") {
    m_app.set_version_flag("--version", std::string("snapq ") + SNAPQ_VERSION);
    m_app.require_subcommand(1);
    m_app.footer(k_exit_codes);
    const auto formatter = std::make_shared<HelpFormatter>();
    formatter->label("Positionals", "Arguments");
    m_app.formatter(formatter);  // subcommands inherit it

    for (const auto& command : m_commands) {
        CLI::App* subcommand = m_app.add_subcommand(command->name(), command->summary());
        subcommand->group("Commands");
        command->configure(*subcommand);
    }
}

Command* CommandLine::parse(int argc, const char* const* argv, std::ostream& out) {
    try {
        m_app.parse(argc, argv);
    } catch (const CLI::ParseError& outcome) {
        finish_parse(m_app, outcome, out);
        return nullptr;
    }
    for (const auto& command : m_commands) {
        if (!m_app.got_subcommand(command->name())) continue;
        command->validate();
        return command.get();
    }
    return nullptr;
}

}  // namespace snapq::commands
