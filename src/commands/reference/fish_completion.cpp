#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "commands/reference/completion_script.hpp"
#include "commands/reference/option_text.hpp"
#include "support/version.hpp"

namespace snapq::commands {
namespace {

constexpr std::string_view k_fish_function = R"(
function __snapq_command_is -d 'Whether the line has this command; without an argument, whether it has none yet'
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        string match -q -- '-*' $word; and continue
        test "$word" = "$argv[1]"
        return
    end
    test -z "$argv[1]"
end

)";

std::string fish_quoted(std::string_view text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') result += '\\';
        result += c;
    }
    return result + "'";
}

// The options of `complete` for a value: -x excludes files, -F offers them.
std::string fish_value(const OptionText& option) {
    const ValueWords value = words_for(option);
    const std::string words = fmt::format("{}", fmt::join(value.words, " "));
    switch (value.kind) {
        case ValueKind::words: return (option.is_value_optional ? " -f -a " : " -x -a ") + fish_quoted(words);
        case ValueKind::word_list:
            return " -x -a " +
                   fish_quoted(fmt::format("(__fish_complete_list , 'string split \" \" \"{}\"')", words));
        case ValueKind::file: return " -r -F";
        case ValueKind::directory: return " -x -a '(__fish_complete_directories)'";
        case ValueKind::free: break;
    }
    return " -x";
}

std::string option_line(const std::string& condition, const OptionText& option) {
    std::string line = fmt::format("complete -c snapq -n {}", condition);
    for (const std::string& name : option.names) {
        const bool is_long = name.starts_with("--");
        line += (is_long ? " -l " : " -s ") + name.substr(is_long ? 2 : 1);
    }
    if (!option.value.empty()) line += fish_value(option);
    return line + fmt::format(" -d {}\n", fish_quoted(option.description));
}

// Empty unless the argument is one of some words, because fish offers files by default.
std::string argument_line(const std::string& condition, const OptionText& argument) {
    const ValueWords value = words_for(argument);
    if (value.kind != ValueKind::words) return {};
    return fmt::format("complete -c snapq -n {} -f -a {}\n", condition,
                       fish_quoted(fmt::format("{}", fmt::join(value.words, " "))));
}

std::string lines_of(const std::string& condition, const CLI::App& command) {
    std::string lines;
    for (const OptionText& option : options_of(command)) lines += option_line(condition, option);
    for (const OptionText& argument : arguments_of(command)) lines += argument_line(condition, argument);
    return lines;
}

}  // namespace

std::string fish_completion(const CLI::App& program) {
    constexpr const char* k_no_command = "__snapq_command_is";
    std::string text = fmt::format("# Completion for fish of snapq {}, printed by 'snapq completion fish'.\n",
                                   program_version());
    text += k_fish_function;
    for (const CLI::App* command : commands_of(program)) {
        text += fmt::format("complete -c snapq -n {} -f -a {} -d {}\n", k_no_command, command->get_name(),
                            fish_quoted(command->get_description()));
    }
    text += lines_of(k_no_command, program);
    for (const CLI::App* command : commands_of(program))
        text +=
            '\n' + lines_of(fish_quoted(fmt::format("{} {}", k_no_command, command->get_name())), *command);
    return text;
}

}  // namespace snapq::commands
