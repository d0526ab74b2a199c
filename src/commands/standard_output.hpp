// Standard output, where the results of every command go unless they have a file of their own.
#pragma once

#include <fmt/format.h>

#include <utility>

#include "commands/file_sink.hpp"

namespace snapq::commands {

// The one way there: a failed write is remembered by nobody else. Throws SystemError when the results cannot
// be written; `app.hpp`'s flush_results does so for the last of them.
[[nodiscard]] FileSink& standard_output();

template <typename... Args>
void print_results(fmt::format_string<Args...> format, Args&&... args) {
    standard_output().write(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace snapq::commands
