// The shell on a terminal. Lines are read with history and completion (libedit), and the statements of
// earlier shells are kept in a file. Long results are shown in the user's pager.
//
// The file is used only in a directory that the user owns and nobody else can write. A home such as /tmp may
// have a directory of another user with that name, and a link in it could lead to any file.
#pragma once

#include <histedit.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "commands/output.hpp"
#include "commands/shell/words.hpp"

namespace snapq::commands {

class ShellSignals;

// $XDG_STATE_HOME/snapq/history, otherwise ~/.local/state/snapq/history; empty without a home directory.
[[nodiscard]] std::string history_path();

// Errors are ignored: the shell works without the file.
void load_history(History* history, const std::string& path);

// Makes the directory if it is missing. Only the user may read the file. A file that is not a history is not
// changed.
void save_history(History* history, const std::string& path);

// Only one may exist at a time. `history_file` is what history_path() returns. `signals` must outlive the
// object.
class ShellEditor {
public:
    ShellEditor(std::string history_file, Vocabulary vocabulary, ShellSignals& signals);
    ShellEditor(const ShellEditor&) = delete;
    ShellEditor& operator=(const ShellEditor&) = delete;
    ~ShellEditor();

    enum class Outcome { line, interrupted, end };
    // `line` has no line feed at the end.
    [[nodiscard]] Outcome read_line(const std::string& prompt, std::string& line);

    // Adds a statement to the history, which later shells have too.
    void remember(const std::string& statement);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

struct ScreenSize {
    std::size_t rows = 24;
    std::size_t columns = 80;
};
// The size of the terminal on standard output.
[[nodiscard]] ScreenSize screen_size();

// $PAGER, or "less -S" when it is not set. Empty: no pager.
[[nodiscard]] std::string pager_command();

// Closes the pager's input and waits until the user leaves the pager. For a process that is about to end; it
// may be called by a thread other than the one that writes to the pager.
void leave_pager() noexcept;

// Holds text while it fits on the screen, and starts the pager once there is more. The destructor prints the
// text, or waits until the user leaves the pager.
class PagedSink final : public ByteSink {
public:
    // With an empty command there is no pager.
    explicit PagedSink(std::string command);
    PagedSink(const PagedSink&) = delete;
    PagedSink& operator=(const PagedSink&) = delete;
    ~PagedSink() override;

    void write(std::string_view bytes) override;
    [[nodiscard]] bool is_closed() const { return m_out && m_out->is_closed(); }

private:
    void start();

    std::string m_command;
    ScreenSize m_screen;
    std::string m_kept;
    std::size_t m_lines = 0;       // lines of the screen that m_kept fills
    std::FILE* m_pager = nullptr;  // writes to the pager's standard input
    pid_t m_pager_id = -1;
    std::optional<FileSink> m_out;
};

}  // namespace snapq::commands
