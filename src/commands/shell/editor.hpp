// Lines from a terminal, with history and completion (libedit).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "commands/shell/completion.hpp"

namespace snapq::commands {

// Only one may exist at a time. `history_file` is that of shell/history_file.
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
