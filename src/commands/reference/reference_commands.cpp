#include "commands/reference/reference_commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "commands/options/option_values.hpp"
#include "commands/reference/completion_script.hpp"
#include "commands/reference/manual_page.hpp"
#include "commands/reference/option_text.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

namespace snapq::commands {
namespace {

constexpr const char* k_help_examples =
    "Examples:\n"
    "  snapq help summary                     the same as snapq summary --help\n"
    "  snapq help --man summary | man -l -    the manual page, without installing it\n"
    "  snapq help --man > snapq.1             the page of the whole program, for man";

constexpr const char* k_completion_examples =
    "Examples:\n"
    "  source <(snapq completion bash)        in ~/.bashrc\n"
    "  source <(snapq completion zsh)         in ~/.zshrc, after compinit\n"
    "  snapq completion fish > ~/.config/fish/completions/snapq.fish\n"
    "\n"
    "A package and 'cmake --install' put the scripts where the shells look for them.";

std::vector<std::string> names_of(const std::vector<const CLI::App*>& commands) {
    std::vector<std::string> names;
    for (const CLI::App* command : commands) names.push_back(command->get_name());
    return names;
}

const CLI::App& command_named(const CLI::App& program, const std::string& name) {
    const std::vector<const CLI::App*> commands = commands_of(program);
    const auto found = std::ranges::find(commands, name, &CLI::App::get_name);
    if (found != commands.end()) return **found;
    const std::string nearest = nearest_word(name, names_of(commands));
    throw UsageError(fmt::format("help: unknown command '{}'", name))
        .with_hint((nearest.empty() ? "" : fmt::format("did you mean {}? ", nearest)) + "see 'snapq --help'");
}

// `argument`: the first one after the command to explain.
[[noreturn]] void refuse_surplus(const std::string& argument) {
    if (argument.starts_with('-'))
        throw UsageError(fmt::format("unknown option '{}'", argument)).with_hint("see 'snapq help --help'");
    throw_usage("help: expected one command, got '{}' too", argument);
}

}  // namespace

void ReferenceCommands::configure(CLI::App& program) {
    m_help = program.add_subcommand("help", "Explain a command, or print its manual page");
    m_completion = program.add_subcommand("completion", "Print the completion script of a shell");
    for (CLI::App* command : {m_help, m_completion}) command->group("Commands");

    const std::string names = fmt::format("{}", fmt::join(names_of(commands_of(program)), "|"));
    m_help->add_option("COMMAND", m_topic, "Command to explain (default: the program and its commands)")
        ->type_name(names);
    m_help->add_flag("--man", m_as_manual, "Print the manual page, in the form that man reads");
    m_help->allow_extras();
    m_help->footer(k_help_examples);

    m_completion->add_option("SHELL", m_shell, "bash, zsh or fish")->required()->check(one_of(shell_names()));
    m_completion->footer(k_completion_examples);
}

std::optional<std::string> ReferenceCommands::answer(const CLI::App& program) const {
    if (m_completion->parsed()) return completion_script(m_shell, program);
    if (m_help->parsed()) return help(program);
    return std::nullopt;
}

std::string ReferenceCommands::help(const CLI::App& program) const {
    if (const auto surplus = m_help->remaining(); !surplus.empty()) refuse_surplus(surplus.front());
    const CLI::App& topic = m_topic.empty() ? program : command_named(program, m_topic);
    if (m_as_manual) return manual_page(program, topic);
    const std::string name = m_topic.empty() ? program.get_name() : program.get_name() + " " + m_topic;
    // topic.help() would describe the command that was parsed, which is `help`.
    return topic.get_formatter()->make_help(&topic, name, CLI::AppFormatMode::Normal);
}

}  // namespace snapq::commands
