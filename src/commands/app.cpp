#include "snapq/commands/app.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "commands/command.hpp"
#include "commands/help_formatter.hpp"
#include "commands/signals.hpp"
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
int finish_parse(const CLI::App& app, const CLI::ParseError& outcome) {
    if (outcome.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
        return app.exit(outcome, std::cout, std::cerr);
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

int run_app(int argc, const char* const* argv) {
    CLI::App app(
        "snapq answers questions about PyTorch CUDA memory snapshots: convert, query, summarise, compare.",
        "snapq");
    app.set_version_flag("--version", std::string("snapq ") + SNAPQ_VERSION);
    app.require_subcommand(1);
    app.footer(k_exit_codes);
    const auto formatter = std::make_shared<HelpFormatter>();
    formatter->label("Positionals", "Arguments");
    app.formatter(formatter);  // subcommands inherit it

    const auto commands = all_commands();
    for (const auto& command : commands) {
        CLI::App* subcommand = app.add_subcommand(command->name(), command->summary());
        subcommand->group("Commands");
        command->configure(*subcommand);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& outcome) {
        return finish_parse(app, outcome);
    }
    for (const auto& command : commands) {
        if (!app.got_subcommand(command->name())) continue;
        command->validate();
        install_signal_handlers();
        return command->run();
    }
    return 0;
}

}  // namespace snapq::commands
