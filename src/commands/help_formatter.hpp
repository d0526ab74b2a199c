// How `--help` looks: 80 columns, values by their names (`--layout zip|dir`), descriptions wrapped.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace snapq::commands {

class HelpFormatter : public CLI::Formatter {
public:
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
    std::string make_usage(const CLI::App* app, std::string name) const override;
    std::string make_option(const CLI::Option* option, bool is_positional) const override;
    std::string make_subcommand(const CLI::App* app) const override;
};

}  // namespace snapq::commands
