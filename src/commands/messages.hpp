// Messages on stderr: errors, warnings, notes and progress. Also the width and colours of the terminal, and
// the protection of jobs of GitHub Actions, whose runner executes some lines of the output.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "render/terminal_text.hpp"
#include "report/check.hpp"

namespace CLI {
class App;
}

namespace snapq::archive {
class StatementError;
}

namespace snapq::commands {

// Prints `snapq: error: MESSAGE` and, unless the hint is empty, `snapq: hint: HINT`. Messages may quote names
// from files, so control characters are escaped. A message is one line, a hint may have several.
void print_error(std::string_view message, std::string_view hint = {});
// The same for the error of one input of several, after which the program goes on.
void print_failure(const std::exception_ptr& error);

// The hint for an error that knows its offset in `sql`: the marked position in the SQL, then the error's own
// hint.
[[nodiscard]] std::string hint_with_position(const archive::StatementError& error, std::string_view sql);

// Prints complete lines, in which GitHub Actions finds no workflow commands (see guard_workflow). A failed
// write to stderr is ignored: it changes neither the results nor the exit code.
void say_text(const std::string& text);

// Names from files must go through render::printable first.
template <typename... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
    say_text(fmt::format(format, std::forward<Args>(args)...));
}

enum class ColorMode : std::uint8_t { automatic, always, never };

// Adds --color auto|always|never. `to` must outlive `app`.
void add_color_option(CLI::App& app, std::string& to);
// `name`: auto, always or never.
[[nodiscard]] ColorMode color_mode_named(const std::string& name);

// The width of the terminal, 60 to 160 columns, or 80 if `fd` is not a terminal. With `automatic`, there are
// colours only on a terminal and if the environment has no NO_COLOR (https://no-color.org).
[[nodiscard]] render::TextStyle style_of(int fd, ColorMode mode);

// Whether this runs in a job of GitHub Actions.
[[nodiscard]] bool is_github_actions();

// From now on, no text on stdout and stderr can be a workflow command, whatever names from files it contains.
// The only exceptions are say_annotations() and report_to_github().
void guard_workflow();
[[nodiscard]] bool is_workflow_guarded();

// Prints the results of render::workflow_command() on stderr, where GitHub Actions reads them too.
void say_annotations(const std::string& lines);

// Writes `::error` lines for the checks that failed, and appends `markdown` to the file that
// GITHUB_STEP_SUMMARY names, if it is set. Throws SystemError when that file cannot be written.
void report_to_github(const std::vector<report::Check>& checks, const std::string& markdown);

enum class ProgressMode { automatic, always, never };

// Automatic: only when stderr is a terminal.
[[nodiscard]] bool wants_progress(ProgressMode mode);

// Any thread may call update; the line is redrawn at most ten times a second.
class ProgressBar {
public:
    explicit ProgressBar(bool enabled) : m_enabled(enabled) {}
    ~ProgressBar() { clear(); }

    void update(std::string_view phase, std::uint64_t done, std::uint64_t total);
    // Removes the line, before other text is printed.
    void clear();

private:
    void draw(std::string_view phase, std::uint64_t done, std::uint64_t total, double now);

    bool m_enabled;
    std::mutex m_mutex;
    std::string m_phase;
    double m_phase_start = 0;
    double m_last_draw = 0;
    bool m_drawn = false;
};

}  // namespace snapq::commands
