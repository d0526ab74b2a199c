// Lines from a terminal, with history and completion (libedit), and the file that keeps the statements of
// earlier shells.
//
// The file is used only in a directory of ours that nobody else may write. A home such as /tmp may hold
// directories of other users under that name, and a link in one of them could lead to any file.
#pragma once

#include <histedit.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "commands/shell/completion.hpp"

namespace snapq::commands {

// $XDG_STATE_HOME/snapq/history, otherwise ~/.local/state/snapq/history; empty without a home directory.
[[nodiscard]] std::string history_path();

// Errors are ignored: the shell works without the file.
void load_history(History* history, const std::string& path);

// Makes the directory when it is missing. Only the user may read the file. One that is not a history is left
// as it is.
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

    // Keeps a statement for later shells.
    void remember(const std::string& statement);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace snapq::commands
