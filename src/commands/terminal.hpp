// What the terminal behind standard output and standard error can show.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>

#include "render/terminal_text.hpp"

namespace snapq::commands {

enum class ColorMode : std::uint8_t { automatic, always, never };

// Adds --color auto|always|never. `to` must outlive `app`.
void add_color_option(CLI::App& app, std::string& to);
// `name` as the option has it.
[[nodiscard]] ColorMode color_mode_named(const std::string& name);

// The width of the terminal, 60 to 160 columns, or 80 if `fd` is not a terminal. Colours with `automatic`
// only on a terminal and without NO_COLOR in the environment (https://no-color.org).
[[nodiscard]] render::TextStyle style_of(int fd, ColorMode mode);

}  // namespace snapq::commands
