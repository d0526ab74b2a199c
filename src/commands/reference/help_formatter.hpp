// Formats `--help`: 80 columns, values by their names (`--layout zip|dir`), wrapped descriptions, and the
// table of exit codes at the end.
#pragma once

#include <CLI/CLI.hpp>

#include <array>
#include <string>
#include <string_view>

namespace snapq::commands {

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
