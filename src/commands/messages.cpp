#include "commands/messages.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
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
#include "support/numbers.hpp"

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

std::string hint_with_position(const archive::StatementError& error, std::string_view sql) {
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

namespace {

constexpr double k_redraw_seconds = 0.1;
constexpr int k_bar_width = 24;

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The unit depends on the phase: "reading" counts bytes of the input, "verifying" counts archives, the others
// count points of the timelines.
std::string amount(std::string_view phase, double count) {
    const auto whole = static_cast<std::int64_t>(count);
    if (phase == "reading") return format_size(whole);
    return format_count(whole) + (phase == "verifying" ? " archives" : " points");
}

}  // namespace

bool wants_progress(ProgressMode mode) {
    return mode == ProgressMode::always || (mode == ProgressMode::automatic && isatty(STDERR_FILENO) == 1);
}

void ProgressBar::update(std::string_view phase, std::uint64_t done, std::uint64_t total) {
    if (!m_enabled) return;
    const std::lock_guard lock(m_mutex);
    const double now = seconds_now();
    if (phase != m_phase) {
        m_phase = phase;
        m_phase_start = now;
    } else if (now - m_last_draw < k_redraw_seconds) {
        return;
    }
    m_last_draw = now;
    draw(phase, done, total, now);
}

void ProgressBar::draw(std::string_view phase, std::uint64_t done, std::uint64_t total, double now) {
    const double elapsed = std::max(now - m_phase_start, 1e-3);
    const double rate = static_cast<double>(done) / elapsed;
    std::string line = fmt::format("{:<9}", phase);
    if (total > 0) {
        const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
        const int filled = static_cast<int>(share * k_bar_width);
        line += fmt::format("[{:=<{}}{:<{}}] {:3.0f} %  ", "", filled, "", k_bar_width - filled, share * 100);
    }
    line += fmt::format("{}  {}/s", amount(phase, static_cast<double>(done)), amount(phase, rate));
    if (total > done && rate > 0)
        line += fmt::format("  {:.0f} s left", static_cast<double>(total - done) / rate);
    say("\r{:<79}", line);
    std::fflush(stderr);
    m_drawn = true;
}

void ProgressBar::clear() {
    const std::lock_guard lock(m_mutex);
    if (!m_drawn) return;
    say("\r{:<79}\r", "");
    std::fflush(stderr);
    m_drawn = false;
}

}  // namespace snapq::commands
