// The file that keeps the statements of earlier shells.
//
// It is used only in a directory of ours that nobody else may write. A home such as /tmp may hold directories
// of other users under that name, and a link in one of them could lead to any file.
#pragma once

#include <histedit.h>

#include <string>

namespace snapq::commands {

// $XDG_STATE_HOME/snapq/history, otherwise ~/.local/state/snapq/history; empty without a home directory.
[[nodiscard]] std::string history_path();

// Errors are ignored: the shell works without the file.
void load_history(History* history, const std::string& path);

// Makes the directory when it is missing. Only the user may read the file. One that is not a history is left
// as it is.
void save_history(History* history, const std::string& path);

}  // namespace snapq::commands
