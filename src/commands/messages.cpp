#include "commands/messages.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "archive/sqlite/database.hpp"
#include "io/file_descriptor.hpp"
#include "render/checks.hpp"
#include "render/terminal_text.hpp"
#include "support/error.hpp"

namespace snapq::commands {

void print_error(std::string_view message, std::string_view hint) {
    std::string text = fmt::format("snapq: error: {}\n", render::printable(message));
    if (!hint.empty()) text += fmt::format("snapq: hint: {}\n", render::printable_lines(hint));
    say_text(text);
}

void print_failure(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const Error& known) {
        print_error(known.what(), known.hint());
    } catch (const std::exception& other) {
        print_error(other.what());
    }
}

std::string hint_with_position(const archive::SqlError& error, std::string_view sql) {
    const std::string position = render::mark_position(sql, *error.offset());
    return error.hint().empty() ? position : fmt::format("{}\n{}", position, error.hint());
}

void say_text(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
}

bool is_github_actions() {
    const char* value = std::getenv("GITHUB_ACTIONS");
    return value != nullptr && *value != '\0';
}

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
