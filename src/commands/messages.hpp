// Messages on stderr: errors, warnings, notes and progress.
#pragma once

#include <fmt/format.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace snapq::archive {
class SqlError;
}

namespace snapq::commands {

// `snapq: error: MESSAGE` and, unless it is empty, `snapq: hint: HINT`. Messages may quote names from files,
// so control characters are escaped. A message is one line, a hint may have several.
void print_error(std::string_view message, std::string_view hint = {});
// The same for the error of one input of several, after which the program goes on.
void print_failure(const std::exception_ptr& error);

// The hint for an error that knows its offset in `sql`: that place, then the error's own hint.
[[nodiscard]] std::string hint_with_position(const archive::SqlError& error, std::string_view sql);

// A failed write to stderr is ignored: it changes neither the results nor the exit code. Complete lines,
// which for GitHub Actions are no workflow commands (see github.hpp).
void say_text(const std::string& text);

// Names from files must go through render::printable first.
template <typename... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
    say_text(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace snapq::commands
