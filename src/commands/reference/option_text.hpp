// The options of a command as texts, which --help, the manual pages and the completions share.
#pragma once

#include <CLI/CLI.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace snapq::commands {

struct OptionText {
    std::vector<std::string> names;  // "-o", "--output"; for an argument only its name, "INPUT"
    // The name of the value, "OUT", or its alternatives, "zip|dir". Empty for a flag, and for an argument
    // without alternatives.
    std::string value;
    bool is_argument = false;
    bool is_value_optional = false;  // --stats[=text|json]; the value must then follow a '='
    bool is_required = false;
    bool is_repeatable = false;
    std::string description;  // with the default
};

struct OptionGroup {
    std::string name;  // "Options", or a heading such as "Limits (…)"
    std::vector<OptionText> options;
};

[[nodiscard]] OptionText text_of(const CLI::Option& option);

// In the order of --help, without hidden ones.
[[nodiscard]] std::vector<OptionText> arguments_of(const CLI::App& command);
[[nodiscard]] std::vector<OptionGroup> option_groups_of(const CLI::App& command);
[[nodiscard]] std::vector<OptionText> options_of(const CLI::App& command);  // of all groups
[[nodiscard]] std::vector<const CLI::App*> commands_of(const CLI::App& program);

// The text after the name in the usage line: "[OPTIONS] INPUT...".
[[nodiscard]] std::string usage_of(const CLI::App& command);

// "zip|dir" becomes "zip" and "dir"; nothing for a name such as OUT. Placeholders among the alternatives are
// left out: "N|host|all" becomes "host" and "all".
[[nodiscard]] std::vector<std::string> alternatives_in(const std::string& value);

// The meaning of the exit codes, for --help and the manual pages.
struct ExitCode {
    int code;
    std::string_view meaning;
};

inline constexpr std::array k_exit_codes{
    ExitCode{0, "success"},
    ExitCode{1, "a limit you set was exceeded or could not be checked, or --timeout ended a query"},
    ExitCode{2, "usage error"},
    ExitCode{3, "the input cannot be used"},
    ExitCode{4, "system error (disk full, output not writable)"},
};

class HelpFormatter : public CLI::Formatter {
public:
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
    std::string make_usage(const CLI::App* app, std::string name) const override;
    std::string make_option(const CLI::Option* option, bool is_positional) const override;
    std::string make_subcommand(const CLI::App* app) const override;
};

}  // namespace snapq::commands
