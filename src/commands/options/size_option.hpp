// Sizes on the command line ("512MiB"); the option library's own reading of units is another one.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace snapq::commands {

// Adds an option that takes a size; a wrong unit is a usage error that names the right ones.
CLI::Option* add_size_option(CLI::App& app, const std::string& name, std::optional<std::int64_t>& to,
                             const std::string& description);

}  // namespace snapq::commands
