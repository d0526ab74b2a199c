// Reads lines from a terminal, with history and completion (libedit), and keeps the statements of earlier
// shells in a file.
//
// The file is used only in a directory that the user owns and nobody else can write. A home such as /tmp may
// have a directory of another user with that name, and a link in it could lead to any file.
#pragma once

#include <histedit.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "commands/shell/words.hpp"

namespace snapq::commands {

// $XDG_STATE_HOME/snapq/history, otherwise ~/.local/state/snapq/history; empty without a home directory.
[[nodiscard]] std::string history_path();

// Errors are ignored: the shell works without the file.
void load_history(History* history, const std::string& path);

// Makes the directory if it is missing. Only the user may read the file. A file that is not a history is not
// changed.
void save_history(History* history, const std::string& path);

// Only one may exist at a time. `history_file` is what history_path() returns.
class ShellEditor {
public:
    ShellEditor(std::string history_file, Vocabulary vocabulary);
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

}  // namespace snapq::commands
