#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "commands/reference/completion_script.hpp"
#include "commands/reference/option_text.hpp"
#include "support/version.hpp"

namespace snapq::commands {
namespace {

// $1 is the word before the cursor. `compopt` fails if readline does not call the function.
constexpr std::string_view k_bash_functions = R"(
_snapq_words() {
    COMPREPLY=($(compgen -W "$2" -- "$1"))
}

# Words with commas between them: the last one is completed.
_snapq_word_list() {
    local last=${1##*,}
    COMPREPLY=($(compgen -P "${1%"$last"}" -W "$2" -- "$last"))
}

_snapq_files() {
    compopt -o default 2>/dev/null
}

_snapq_directories() {
    compopt -o dirnames 2>/dev/null
}
)";

// The function up to the `case` over the commands.
constexpr std::string_view k_bash_begin = R"(
_snapq() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} equals= command= options= i
    COMPREPLY=()
    # readline takes a '=' for a word of its own.
    if [[ $word == = ]]; then
        word='' equals='='
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]} equals='='
    fi
    for ((i = 1; i < COMP_CWORD; ++i)); do
        [[ ${COMP_WORDS[i]} == -* ]] && continue
        command=${COMP_WORDS[i]}
        break
    done
    case $command in
)";

constexpr std::string_view k_bash_end = R"(    esac
    if [[ $word == -* ]]; then _snapq_words "$word" "$options"; fi
}

complete -F _snapq snapq
)";

// The command that offers the words of `value`; `:` offers nothing.
std::string offer(const ValueWords& value) {
    switch (value.kind) {
        case ValueKind::words:
            return fmt::format(R"(_snapq_words "$word" '{}')", fmt::join(value.words, " "));
        case ValueKind::word_list:
            return fmt::format(R"(_snapq_word_list "$word" '{}')", fmt::join(value.words, " "));
        case ValueKind::file: return "_snapq_files";
        case ValueKind::directory: return "_snapq_directories";
        case ValueKind::free: break;
    }
    return ":";
}

// "-o | --output | --output=": the words before the value, as a pattern of `case`.
std::string pattern(const OptionText& option) {
    std::vector<std::string> words;
    for (const std::string& name : option.names) {
        if (!option.is_value_optional) words.push_back(name);
        if (name.starts_with("--")) words.push_back(name + "=");
    }
    return fmt::format("{}", fmt::join(words, " | "));
}

// The long names; the short name of an option that has no long one.
std::string option_words(const std::vector<OptionText>& options) {
    std::vector<std::string> names;
    for (const OptionText& option : options) names.push_back(option.names.back());
    return fmt::format("{}", fmt::join(names, " "));
}

std::string command_case(const CLI::App& command) {
    const std::vector<OptionText> options = options_of(command);
    std::string text =
        fmt::format("        {})\n            options='{}'\n            case $previous$equals in\n",
                    command.get_name(), option_words(options));
    for (const OptionText& option : options) {
        if (option.value.empty()) continue;
        text += fmt::format("                {}) {}; return ;;\n", pattern(option), offer(words_for(option)));
    }
    text += "            esac\n";
    const std::vector<OptionText> arguments = arguments_of(command);
    const std::string argument = arguments.empty() ? ":" : offer(words_for(arguments.front()));
    return text + fmt::format("            {}\n            ;;\n", argument);
}

}  // namespace

std::string bash_completion(const CLI::App& program) {
    std::vector<std::string> commands;
    for (const CLI::App* command : commands_of(program)) commands.push_back(command->get_name());
    std::string text = fmt::format("# Completion for bash of snapq {}, printed by 'snapq completion bash'.\n",
                                   program_version());
    text += k_bash_functions;
    text += k_bash_begin;
    text += fmt::format(
        "        '')\n            options='{}'\n            _snapq_words \"$word\" '{}'\n            ;;\n",
        option_words(options_of(program)), fmt::join(commands, " "));
    for (const CLI::App* command : commands_of(program)) text += command_case(*command);
    text += k_bash_end;
    return text;
}

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
