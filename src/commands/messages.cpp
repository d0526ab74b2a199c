#include "commands/messages.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "archive/sqlite/database.hpp"
#include "commands/options/option_values.hpp"
#include "commands/output.hpp"
#include "io/file_descriptor.hpp"
#include "render/checks.hpp"
#include "render/escape.hpp"
#include "render/terminal_text.hpp"
#include "support/error.hpp"

namespace snapq::commands {

void print_error(std::string_view message, std::string_view hint) {
    std::string text = fmt::format("snapq: error: {}\n", render::printable(message));
    if (!hint.empty()) text += fmt::format("snapq: hint: {}\n", render::printable_lines(hint));
    say_text(text);
}

void print_failure(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const Error& known) {
        print_error(known.what(), known.hint());
    } catch (const std::exception& other) {
        print_error(other.what());
    }
}

std::string hint_with_position(const archive::SqlError& error, std::string_view sql) {
    const std::string position = render::mark_position(sql, *error.offset());
    return error.hint().empty() ? position : fmt::format("{}\n{}", position, error.hint());
}

void say_text(const std::string& text) {
    std::string said;
    is_workflow_guarded() ? render::WorkflowGuard().append(said, text) : static_cast<void>(said = text);
    std::fwrite(said.data(), 1, said.size(), stderr);
}

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

namespace {

bool is_guarded = false;  // set before any thread starts

}  // namespace

bool is_github_actions() {
    const char* value = std::getenv("GITHUB_ACTIONS");
    return value != nullptr && *value != '\0';
}

void guard_workflow() {
    is_guarded = true;
    standard_output().guard();
}

bool is_workflow_guarded() {
    return is_guarded;
}

void say_annotations(const std::string& lines) {
    std::fwrite(lines.data(), 1, lines.size(), stderr);
}

void report_to_github(const std::vector<report::Check>& checks, const std::string& markdown) {
    say_annotations(render::github_errors(checks));
    const char* path = std::getenv("GITHUB_STEP_SUMMARY");
    if (path == nullptr || *path == '\0') return;
    constexpr mode_t k_readable = 0644;
    const io::Fd file(::open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, k_readable));
    if (file.get() < 0)
        throw SystemError(fmt::format("cannot append to {} (GITHUB_STEP_SUMMARY)", path), errno);
    io::write_fully(file.get(), markdown + "\n", path);
}

}  // namespace snapq::commands
