#include "commands/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "commands/help_formatter.hpp"
#include "support/error.hpp"
#include "support/spelling.hpp"

namespace snapq::commands {
namespace {

constexpr const char* k_exit_codes =
    "Exit codes: 0 done, 1 a limit you set was crossed, 2 wrong usage, 3 the input cannot be used,\n"
    "            4 the surroundings failed (disk full, target not writable).";

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

struct Complaint {
    std::string message;
    std::string meant;  // what should stand there instead; may be empty
};

// The library only says that a subcommand is missing, also for one that it does not know.
Complaint complaint_about_command(const CLI::App& app) {
    const std::vector<std::string> unknown = app.remaining();
    if (unknown.empty()) return {"a command is expected", {}};
    return {fmt::format("there is no command '{}'", unknown[0]),
            nearest_word(unknown[0], command_names(app))};
}

Complaint complaint_about_option(const CLI::App& app, const std::string& typed) {
    const std::string name = typed.substr(0, typed.find('='));
    return {fmt::format("there is no option '{}'", name), nearest_word(name, option_names(app))};
}

// The library's words where they are plain enough.
std::string complaint_about_values(const CLI::ParseError& outcome) {
    std::string message = outcome.what();
    const std::string option = message.substr(0, message.find(": "));
    if (message.find("At Most") != std::string::npos) return option + " can be given once only";
    if (message.ends_with(" missing")) return option + " needs a value";
    constexpr std::string_view k_excludes = " excludes ";
    const std::size_t excludes = message.find(k_excludes);
    if (excludes == std::string::npos) return message;
    return message.replace(excludes, k_excludes.size(), " and ") + " do not go together";
}

// `app` is the command that was chosen, or the program.
Complaint complaint_about(const CLI::App& app, bool is_command, const CLI::ParseError& outcome) {
    const std::vector<std::string> surplus = app.remaining();
    const auto option =
        std::ranges::find_if(surplus, [](const std::string& text) { return text.starts_with('-'); });
    if (option != surplus.end()) return complaint_about_option(app, *option);
    if (!is_command) return complaint_about_command(app);
    if (!surplus.empty()) return {fmt::format("'{}' is one argument too many", surplus[0]), {}};
    return {complaint_about_values(outcome), {}};
}

// CLI11 reports a bad command line by exceptions of its own; `--help` and `--version` come the same way.
void finish_parse(const CLI::App& app, const CLI::ParseError& outcome, std::ostream& out) {
    if (outcome.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
        app.exit(outcome, out, out);
        return;
    }
    const auto chosen = app.get_subcommands();
    const bool is_command = !chosen.empty();
    const Complaint complaint = complaint_about(is_command ? *chosen[0] : app, is_command, outcome);
    std::string hint = complaint.meant.empty() ? "" : fmt::format("did you mean {}? ", complaint.meant);
    hint += fmt::format("see 'snapq {}--help'", is_command ? chosen[0]->get_name() + " " : "");
    throw UsageError(complaint.message).with_hint(hint);
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
