#include "commands/github.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "commands/output.hpp"
#include "io/file_descriptor.hpp"
#include "render/checks.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

bool is_guarded = false;  // set before any thread starts

}  // namespace

bool is_github_actions() {
    const char* value = std::getenv("GITHUB_ACTIONS");
    return value != nullptr && *value != '\0';
}

void guard_workflow() {
    is_guarded = true;
    standard_output().guard();
}

bool is_workflow_guarded() {
    return is_guarded;
}

void say_annotations(const std::string& lines) {
    std::fwrite(lines.data(), 1, lines.size(), stderr);
}

void report_to_github(const std::vector<report::Check>& checks, const std::string& markdown) {
    say_annotations(render::github_errors(checks));
    const char* path = std::getenv("GITHUB_STEP_SUMMARY");
    if (path == nullptr || *path == '\0') return;
    constexpr mode_t k_readable = 0644;
    const io::Fd file(::open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, k_readable));
    if (file.get() < 0)
        throw SystemError(fmt::format("cannot append to {} (GITHUB_STEP_SUMMARY)", path), errno);
    io::write_fully(file.get(), markdown + "\n", path);
}

}  // namespace snapq::commands
