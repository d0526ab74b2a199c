// Lines from a terminal, with history and completion (libedit).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "commands/shell/completion.hpp"

namespace snapq::commands {

// $XDG_STATE_HOME/snapq/history, else ~/.local/state/snapq/history; empty without a home.
[[nodiscard]] std::string history_path();

// One at a time. What goes wrong with the history file is not worth a word: the shell works without.
class ShellEditor {
public:
    ShellEditor(std::string history_file, Vocabulary vocabulary);
    ShellEditor(const ShellEditor&) = delete;
    ShellEditor& operator=(const ShellEditor&) = delete;
    ~ShellEditor();

    enum class Outcome { line, interrupted, end };
    // `line` is without its line feed.
    [[nodiscard]] Outcome read_line(const std::string& prompt, std::string& line);

    // Keeps a statement for later shells.
    void remember(const std::string& statement);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace snapq::commands
