// Small texts, read whole.
#pragma once

#include <string>

namespace snapq::commands {

// At most 4 MiB: SQL is shorter, and a snapshot given by mistake is not. Throws InputError.
[[nodiscard]] std::string read_text_file(const std::string& path);
[[nodiscard]] std::string read_text_stdin();

}  // namespace snapq::commands
