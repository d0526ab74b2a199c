// What the program says beside its results.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace snapq::commands {

// `snapq: error: MESSAGE` and, unless it is empty, `snapq: hint: HINT` on stderr. Messages quote names from
// files, so there is nothing in them that a terminal would obey, and a message is one line; a hint may have
// several.
void print_error(std::string_view message, std::string_view hint = {});

// Text on stderr. What cannot be written there is lost: neither what was done nor the exit code changes.
void say_text(const std::string& text);

// Notes, warnings and verdicts. Names out of files go through render::printable.
template <typename... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
    say_text(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace snapq::commands
