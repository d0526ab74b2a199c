// Shows long results on a terminal in the user's pager.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "commands/output.hpp"

namespace snapq::commands {

struct ScreenSize {
    std::size_t rows = 24;
    std::size_t columns = 80;
};
// The size of the terminal on standard output.
[[nodiscard]] ScreenSize screen_size();

// $PAGER, or "less -S" when it is not set. Empty: no pager.
[[nodiscard]] std::string pager_command();

// Closes the pager's input and waits until the user leaves the pager. For a process that is about to end; it
// may be called by a thread other than the one that writes to the pager.
void leave_pager() noexcept;

// Holds text while it fits on the screen, and starts the pager once there is more. The destructor prints the
// text, or waits until the user leaves the pager.
class PagedSink final : public ByteSink {
public:
    // With an empty command there is no pager.
    explicit PagedSink(std::string command);
    PagedSink(const PagedSink&) = delete;
    PagedSink& operator=(const PagedSink&) = delete;
    ~PagedSink() override;

    void write(std::string_view bytes) override;
    [[nodiscard]] bool is_closed() const { return m_out && m_out->is_closed(); }

private:
    void start();

    std::string m_command;
    ScreenSize m_screen;
    std::string m_kept;
    std::size_t m_lines = 0;       // lines of the screen that m_kept fills
    std::FILE* m_pager = nullptr;  // writes to the pager's standard input
    pid_t m_pager_id = -1;
    std::optional<FileSink> m_out;
};

}  // namespace snapq::commands
