#include "commands/github.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "commands/messages.hpp"
#include "io/file_descriptor.hpp"
#include "render/checks.hpp"
#include "support/error.hpp"

namespace snapq::commands {

void report_to_github(const std::vector<report::Check>& checks, const std::string& markdown) {
    say_text(render::github_errors(checks));
    const char* path = std::getenv("GITHUB_STEP_SUMMARY");
    if (path == nullptr || *path == '\0') return;
    constexpr mode_t k_readable = 0644;
    const io::Fd file(::open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, k_readable));
    if (file.get() < 0)
        throw SystemError(fmt::format("cannot append to {} (GITHUB_STEP_SUMMARY)", path), errno);
    io::write_fully(file.get(), markdown + "\n", path);
}

}  // namespace snapq::commands
