#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "commands/reference/completion_script.hpp"
#include "commands/reference/option_text.hpp"
#include "support/version.hpp"

namespace snapq::commands {
namespace {

// The script is read by `source`, or it is the body of an autoloaded function of this name.
constexpr std::string_view k_zsh_end = R"(
if [[ $funcstack[1] == _snapq ]]; then
    _snapq "$@"
else
    compdef _snapq snapq
fi
)";

// Escapes a part of a specification for _arguments: a backslash before characters that would end it.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (std::string_view("\\[]:").find(c) != std::string_view::npos) result += '\\';
        result += c;
    }
    return result;
}

std::string zsh_quoted(std::string_view text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'') {
            result += "'\\''";
        } else {
            result += c;
        }
    }
    return result + "'";
}

std::string action_of(const OptionText& option) {
    const ValueWords value = words_for(option);
    switch (value.kind) {
        case ValueKind::words: return fmt::format("({})", fmt::join(value.words, " "));
        case ValueKind::word_list: return fmt::format("_values -s , figure {}", fmt::join(value.words, " "));
        case ValueKind::file: return "_files";
        case ValueKind::directory: return "_files -/";
        case ValueKind::free: break;
    }
    return " ";  // only the message is shown
}

// ":OUT:_files"; with two colons, the value may be left out.
std::string zsh_value(const OptionText& option) {
    if (option.value.empty()) return {};
    return fmt::format("{}:{}:{}", option.is_value_optional ? ":" : "", escaped(option.value),
                       action_of(option));
}

// The suffix of a name, which tells zsh how its value follows: --output=OUT or --output OUT, -oOUT or -o OUT,
// only --stats=text.
std::string_view suffix_of(const OptionText& option, const std::string& name) {
    if (option.value.empty()) return "";
    if (option.is_value_optional) return "=-";
    return name.starts_with("--") ? "=" : "+";
}

// -h and --version exclude everything else, any other option only itself.
std::string excluded(const OptionText& option) {
    const bool ends_program = option.names.back() == "--help";
    if (ends_program) return "(- *)";
    if (option.is_repeatable) return "*";
    return option.names.size() == 1 ? "" : fmt::format("({})", fmt::join(option.names, " "));
}

std::string option_specification(const OptionText& option) {
    const std::string rest =
        zsh_quoted(fmt::format("[{}]{}", escaped(option.description), zsh_value(option)));
    const std::string before = excluded(option);
    std::vector<std::string> names;
    for (const std::string& name : option.names) names.push_back(name + std::string(suffix_of(option, name)));
    const std::string shown =
        names.size() == 1 ? names.front() : fmt::format("{{{}}}", fmt::join(names, ","));
    return (before.empty() ? "" : zsh_quoted(before)) + shown + rest;
}

std::string argument_specification(const OptionText& argument) {
    return zsh_quoted(fmt::format("{}:{}:{}", argument.is_repeatable ? "*" : "",
                                  escaped(argument.names.front()), action_of(argument)));
}

std::string command_function(const CLI::App& command) {
    std::vector<std::string> specifications;
    for (const OptionText& option : options_of(command))
        specifications.push_back(option_specification(option));
    for (const OptionText& argument : arguments_of(command))
        specifications.push_back(argument_specification(argument));
    return fmt::format("\n_snapq_{}() {{\n    _arguments -S \\\n        {}\n}}\n", command.get_name(),
                       fmt::join(specifications, " \\\n        "));
}

std::string program_function(const CLI::App& program) {
    std::vector<std::string> options;
    for (const OptionText& option : options_of(program)) options.push_back(option_specification(option));
    std::vector<std::string> commands;
    for (const CLI::App* command : commands_of(program))
        commands.push_back(
            zsh_quoted(fmt::format("{}:{}", command->get_name(), escaped(command->get_description()))));
    return fmt::format(R"(
_snapq() {{
    local curcontext=$curcontext state line ret=1
    local -a commands=(
        {}
    )
    _arguments -C -S \
        {} \
        ': :->command' \
        '*:: :->arguments' && ret=0
    case $state in
        command) _describe -t commands command commands && ret=0 ;;
        arguments)
            curcontext=${{curcontext%:*}}-$words[1]:
            (( $+functions[_snapq_$words[1]] )) && _snapq_$words[1] && ret=0
            ;;
    esac
    return ret
}}
)",
                       fmt::join(commands, "\n        "), fmt::join(options, " \\\n        "));
}

}  // namespace

std::string zsh_completion(const CLI::App& program) {
    std::string text =
        fmt::format("#compdef snapq\n# Completion for zsh of snapq {}, printed by 'snapq completion zsh'.\n",
                    program_version());
    for (const CLI::App* command : commands_of(program)) text += command_function(*command);
    text += program_function(program);
    text += k_zsh_end;
    return text;
}

}  // namespace snapq::commands
