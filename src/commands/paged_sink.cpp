#include "commands/paged_sink.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "render/text_width.hpp"

namespace snapq::commands {
namespace {

// Lines of the screen that whole lines of text take up; a line without its end is not counted yet.
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

PagedSink::PagedSink(std::string command) : m_command(std::move(command)), m_screen(screen_size()) {
    if (m_command.empty()) m_out.emplace(stdout);
}

PagedSink::~PagedSink() {
    try {
        if (!m_out) m_out.emplace(stdout);
        m_out->write(m_kept);
        m_out->flush();
    } catch (const std::exception&) {
        // The terminal or the pager is gone; there is nobody to tell.
    }
    if (m_pager != nullptr) pclose(m_pager);
}

void PagedSink::write(std::string_view bytes) {
    if (m_out) return m_out->write(bytes);
    m_kept += bytes;
    m_lines += screen_lines(bytes, m_screen.columns);
    if (m_lines + 1 >= m_screen.rows) start();
}

void PagedSink::start() {
    std::fflush(stdout);
    m_pager = popen(m_command.c_str(), "w");
    m_out.emplace(m_pager != nullptr ? m_pager : stdout);
    m_out->write(std::exchange(m_kept, {}));
}

}  // namespace snapq::commands
