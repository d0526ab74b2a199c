#include "commands/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "commands/options/option_values.hpp"

namespace snapq::commands {
namespace {

constexpr std::size_t k_least_width = 60;
constexpr std::size_t k_most_width = 160;

bool forbids_color() {
    const char* value = std::getenv("NO_COLOR");
    return value != nullptr && *value != '\0';
}

}  // namespace

void add_color_option(CLI::App& app, std::string& to) {
    app.add_option("--color", to, "Colour verdicts: auto is on for a terminal unless NO_COLOR is set")
        ->check(one_of({"auto", "always", "never"}))
        ->capture_default_str();
}

ColorMode color_mode_named(const std::string& name) {
    if (name == "always") return ColorMode::always;
    return name == "never" ? ColorMode::never : ColorMode::automatic;
}

render::TextStyle style_of(int fd, ColorMode mode) {
    render::TextStyle style;
    const bool is_terminal = ::isatty(fd) == 1;
    winsize size{};
    if (is_terminal && ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        style.width = std::clamp<std::size_t>(size.ws_col, k_least_width, k_most_width);
    style.color =
        mode == ColorMode::always || (mode == ColorMode::automatic && is_terminal && !forbids_color());
    return style;
}

}  // namespace snapq::commands
