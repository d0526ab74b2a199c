#include "commands/shell/pager.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "io/cleanup.hpp"
#include "io/file_descriptor.hpp"
#include "render/terminal_text.hpp"

namespace snapq::commands {
namespace {

// For leave_pager.
std::atomic<pid_t> g_pager_id = -1;
std::atomic<int> g_pager_input = -1;

// The number of screen lines that the complete lines of `text` fill. An unfinished line is not counted.
std::size_t screen_lines(std::string_view text, std::size_t columns) {
    std::size_t lines = 0;
    while (true) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return lines;
        const std::size_t width = render::display_width(text.substr(0, end));
        lines += width == 0 ? 1 : (width + columns - 1) / columns;
        text.remove_prefix(end + 1);
    }
}

// Runs the command in a shell with `input` as its standard input; -1 when that fails. Not popen, whose child
// would inherit the signals that this process blocks.
pid_t spawn_pager(const std::string& command, int input) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    ::posix_spawnattr_setsigmask(&attributes, &io::original_signal_mask());
    ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    std::string shell = "sh";
    std::string option = "-c";
    std::string text = command;
    const std::array<char*, 4> arguments{shell.data(), option.data(), text.data(), nullptr};
    pid_t child = -1;
    if (::posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments.data(), environ) != 0) child = -1;
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    return child;
}

}  // namespace

ScreenSize screen_size() {
    winsize window{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0) return {};
    return {window.ws_row, window.ws_col};
}

std::string pager_command() {
    const char* named = std::getenv("PAGER");
    return named != nullptr ? named : "less -S";
}

void leave_pager() noexcept {
    const pid_t pager = g_pager_id;
    if (pager <= 0) return;
    ::close(g_pager_input);
    while (::waitpid(pager, nullptr, 0) < 0 && errno == EINTR) {
    }
}

PagedSink::PagedSink(std::string command) : m_command(std::move(command)), m_screen(screen_size()) {
    if (m_command.empty()) m_out.emplace(stdout);
}

PagedSink::~PagedSink() {
    try {
        if (!m_out) m_out.emplace(stdout);
        m_out->write(m_kept);
        m_out->flush();
    } catch (const std::exception&) {
        // The terminal or the pager is gone, so the error cannot be shown.
    }
    if (m_pager == nullptr) return;
    g_pager_id = -1;
    std::fclose(m_pager);
    while (::waitpid(m_pager_id, nullptr, 0) < 0 && errno == EINTR) {
    }
}

void PagedSink::write(std::string_view bytes) {
    if (m_out) return m_out->write(bytes);
    m_kept += bytes;
    m_lines += screen_lines(bytes, m_screen.columns);
    if (m_lines + 1 >= m_screen.rows) start();
}

void PagedSink::start() {
    std::fflush(stdout);
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
        const io::Fd read_end(ends[0]);
        io::Fd write_end(ends[1]);
        m_pager_id = spawn_pager(m_command, read_end.get());
        if (m_pager_id > 0) m_pager = ::fdopen(write_end.release(), "w");
        if (m_pager != nullptr) {
            g_pager_input = ::fileno(m_pager);
            g_pager_id = m_pager_id;
        }
    }
    m_out.emplace(m_pager != nullptr ? m_pager : stdout);
    m_out->write(std::exchange(m_kept, {}));
}

}  // namespace snapq::commands
