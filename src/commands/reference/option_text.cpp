#include "commands/reference/option_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "render/terminal_text.hpp"
#include "support/text.hpp"

namespace snapq::commands {
namespace {

// CLI11 describes a value as "TEXT:{zip,dir}"; the help shows "zip|dir".
std::string value_name(const CLI::Option& option) {
    const std::string described = option.get_type_name();
    const std::size_t open = described.find('{');
    const std::size_t close = described.find('}');
    if (open == std::string::npos || close == std::string::npos) {
        const std::string type = described.substr(0, described.find(':'));
        return type == "INT" || type == "UINT" ? "N" : type;
    }
    std::string choices = described.substr(open + 1, close - open - 1);
    std::ranges::replace(choices, ',', '|');
    return choices;
}

bool has_alternatives(const std::string& value) {
    return value.find('|') != std::string::npos;
}

// In "N|host", a user types "host" as it is shown; "N" is a placeholder for a number.
bool is_typed_as_shown(const std::string& word) {
    return lowercase(word) == word;
}

OptionText argument_text(const CLI::Option& option) {
    OptionText text;
    text.is_argument = true;
    text.names = {option.get_name(true)};
    if (const std::string value = value_name(option); has_alternatives(value)) text.value = value;
    text.description = option.get_description();
    return text;
}

OptionText option_text(const CLI::Option& option) {
    OptionText text;
    for (const std::string& name : option.get_snames()) text.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) text.names.push_back("--" + name);
    text.description = option.get_description();
    const std::string value = value_name(option);
    const bool is_flag = option.get_expected_max() == 0 || option.get_type_size() == 0;
    text.is_value_optional = is_flag && has_alternatives(value);
    if (!is_flag || text.is_value_optional) text.value = value;
    if (!is_flag && !option.get_default_str().empty()) {
        text.description += fmt::format(" (default: {})", option.get_default_str());
    }
    return text;
}

}  // namespace

OptionText text_of(const CLI::Option& option) {
    OptionText text = option.get_positional() ? argument_text(option) : option_text(option);
    text.is_required = option.get_required();
    text.is_repeatable = option.get_expected_max() > 1;
    return text;
}

std::vector<OptionText> arguments_of(const CLI::App& command) {
    std::vector<OptionText> arguments;
    for (const CLI::Option* option : command.get_options()) {
        if (option->get_positional() && !option->get_group().empty()) arguments.push_back(text_of(*option));
    }
    return arguments;
}

std::vector<OptionGroup> option_groups_of(const CLI::App& command) {
    std::vector<OptionGroup> groups;
    for (const std::string& name : command.get_groups()) {
        OptionGroup group{name, {}};
        for (const CLI::Option* option : command.get_options()) {
            if (option->nonpositional() && option->get_group() == name)
                group.options.push_back(text_of(*option));
        }
        if (!name.empty() && !group.options.empty()) groups.push_back(std::move(group));
    }
    return groups;
}

std::vector<OptionText> options_of(const CLI::App& command) {
    std::vector<OptionText> options;
    for (OptionGroup& group : option_groups_of(command))
        std::ranges::move(group.options, std::back_inserter(options));
    return options;
}

std::vector<const CLI::App*> commands_of(const CLI::App& program) {
    return program.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

std::string usage_of(const CLI::App& command) {
    if (!commands_of(command).empty()) return "COMMAND [OPTIONS]";
    std::string usage = "[OPTIONS]";
    for (const OptionText& argument : arguments_of(command)) {
        const std::string shown = argument.names.front() + (argument.is_repeatable ? "..." : "");
        usage += argument.is_required ? " " + shown : " [" + shown + "]";
    }
    return usage;
}

std::vector<std::string> alternatives_in(const std::string& value) {
    if (!has_alternatives(value)) return {};
    std::vector<std::string> words;
    for (const std::string& word : CLI::detail::split(value, '|')) {
        if (is_typed_as_shown(word)) words.push_back(word);
    }
    return words;
}

namespace {

constexpr std::size_t k_width = 80;
constexpr std::size_t k_description_column = 26;

// A name on the left, its description on the right. A long name has its own line.
std::string entry(const std::string& left, const std::string& description) {
    std::string text = "  " + left;
    if (text.size() + 2 > k_description_column) {
        text += '\n' + std::string(k_description_column, ' ');
    } else {
        text.resize(k_description_column, ' ');
    }
    return text + render::wrap(description, k_width, k_description_column) + '\n';
}

}  // namespace

std::string HelpFormatter::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
    std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
    const std::size_t end = text.find_last_not_of('\n');
    return text.substr(0, end + 1) + '\n';
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
    return fmt::format("\nUsage: {} {}\n", name, usage_of(*app));
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
    const OptionText text = text_of(*option);
    if (is_positional) return entry(text.names.front(), text.description);
    std::string left = fmt::format("{}", fmt::join(text.names, ", "));
    if (text.is_value_optional) {
        left += "[=" + text.value + "]";
    } else if (!text.value.empty()) {
        left += " " + text.value;
    }
    return entry(left, text.description);
}

std::string HelpFormatter::make_subcommand(const CLI::App* app) const {
    return entry(app->get_name(), app->get_description());
}

}  // namespace snapq::commands
