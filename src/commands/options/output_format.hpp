// `--format text|json` of the commands that print one report.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "commands/options/option_checks.hpp"

namespace snapq::commands {

// Adds the option; `to` is "text" (the default) or "json" after parsing.
inline CLI::Option* add_format_option(CLI::App& app, std::string& to) {
    return app.add_option("--format", to, "text for people, json for scripts")
        ->check(one_of({"text", "json"}))
        ->capture_default_str();
}

}  // namespace snapq::commands
