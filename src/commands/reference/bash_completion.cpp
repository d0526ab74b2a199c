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

}  // namespace snapq::commands
