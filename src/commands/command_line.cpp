#include "commands/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <string_view>

#include "commands/reference/option_text.hpp"
#include "commands/reference/version_text.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

namespace snapq::commands {
namespace {

std::string exit_code_text() {
    std::string text = "Exit codes:\n";
    for (const ExitCode& exit : k_exit_codes) text += fmt::format("  {}  {}\n", exit.code, exit.meaning);
    return text + "'snapq help COMMAND' or 'snapq COMMAND --help' explains a command.";
}

std::vector<std::string> option_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
    return names;
}

// Whether the user gave a file in place of a command, which is common with other programs.
bool names_file(const std::string& argument) {
    std::error_code failure;
    return std::filesystem::exists(argument, failure);
}

struct UsageProblem {
    std::string message;
    std::string suggestion;  // may be empty
};

// For an unknown subcommand, CLI11 only reports that a subcommand is missing.
UsageProblem command_problem(const CLI::App& app) {
    const std::vector<std::string> unknown = app.remaining();
    if (unknown.empty()) return {"a command is missing", {}};
    return {fmt::format("unknown command '{}'", unknown[0]), nearest_word(unknown[0], command_names(app))};
}

UsageProblem option_problem(const CLI::App& app, const std::string& typed) {
    const std::string name = typed.substr(0, typed.find('='));
    return {fmt::format("unknown option '{}'", name), nearest_word(name, option_names(app))};
}

// Uses CLI11's message if it is clear enough.
std::string value_problem(const CLI::ParseError& outcome) {
    std::string message = outcome.what();
    const std::string option = message.substr(0, message.find(": "));
    if (message.find("At Most") != std::string::npos) return option + " can be given only once";
    if (message.ends_with(" missing")) return option + " needs a value";
    constexpr std::string_view k_excludes = " excludes ";
    const std::size_t excludes = message.find(k_excludes);
    if (excludes == std::string::npos) return message;
    return message.replace(excludes, k_excludes.size(), " and ") + " cannot be combined";
}

// `app` is the chosen command, or the whole program.
UsageProblem problem_of(const CLI::App& app, bool is_command, const CLI::ParseError& outcome) {
    const std::vector<std::string> surplus = app.remaining();
    if (!is_command && !surplus.empty() && names_file(surplus[0])) {
        return {fmt::format("'{}' is a file or directory, not a command", surplus[0]),
                fmt::format("'snapq summary {}'", surplus[0])};
    }
    const auto option =
        std::ranges::find_if(surplus, [](const std::string& text) { return text.starts_with('-'); });
    if (option != surplus.end()) return option_problem(app, *option);
    if (!is_command) return command_problem(app);
    if (!surplus.empty()) return {fmt::format("unexpected argument '{}'", surplus[0]), {}};
    return {value_problem(outcome), {}};
}

// CLI11 throws for an invalid command line, and also for `--help` and `--version`.
void finish_parse(const CLI::App& app, const CLI::ParseError& outcome, std::ostream& out) {
    if (outcome.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
        app.exit(outcome, out, out);
        return;
    }
    const auto chosen = app.get_subcommands();
    const bool is_command = !chosen.empty();
    const UsageProblem problem = problem_of(is_command ? *chosen[0] : app, is_command, outcome);
    std::string hint = problem.suggestion.empty() ? "" : fmt::format("did you mean {}? ", problem.suggestion);
    hint += fmt::format("see 'snapq {}--help'", is_command ? chosen[0]->get_name() + " " : "");
    throw UsageError(problem.message).with_hint(hint);
}

void add_version_options(CLI::App& app) {
    const auto text = [&app] { return app.count("--verbose") > 0 ? version_details() : version_line(); };
    CLI::Option* version = app.set_version_flag("--version", text, "Print the version and exit");
    const std::string description =
        "With --version: also the commit, the compiler, the libraries and the formats of archives";
    app.add_flag("--verbose", description)->needs(version);
}

// In the order of `snapq --help`. A new command needs one line here.
std::vector<std::unique_ptr<Command>> all_commands() {
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(make_convert_command());
    commands.push_back(make_query_command());
    commands.push_back(make_summary_command());
    commands.push_back(make_diff_command());
    commands.push_back(make_report_command());
    commands.push_back(make_info_command());
    commands.push_back(make_extract_command());
    commands.push_back(make_verify_command());
    commands.push_back(make_export_command());
    return commands;
}

}  // namespace

CommandLine::CommandLine()
    : m_commands(all_commands()),
      m_app("Analyze PyTorch CUDA memory snapshots: convert, query, summarize and compare them.", "snapq") {
    add_version_options(m_app);
    m_app.require_subcommand(1);
    m_app.footer(exit_code_text());
    const auto formatter = std::make_shared<HelpFormatter>();
    formatter->label("Positionals", "Arguments");
    m_app.formatter(formatter);  // subcommands inherit it

    for (const auto& command : m_commands) {
        CLI::App* subcommand = m_app.add_subcommand(command->name(), command->summary());
        subcommand->group("Commands");
        command->configure(*subcommand);
    }
    m_reference.configure(m_app);
}

Command* CommandLine::parse(int argc, const char* const* argv, std::ostream& out) {
    std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    std::ranges::reverse(arguments);  // CLI11 takes them from the end
    try {
        m_app.parse(std::move(arguments));
    } catch (const CLI::ParseError& outcome) {
        finish_parse(m_app, outcome, out);
        return nullptr;
    }
    if (const auto text = m_reference.answer(m_app)) {
        out << *text;
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
