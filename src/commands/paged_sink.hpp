// Long results on a terminal go through the user's pager.
#pragma once

#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "commands/file_sink.hpp"

namespace snapq::commands {

struct ScreenSize {
    std::size_t rows = 24;
    std::size_t columns = 80;
};
// Of the terminal on standard output.
[[nodiscard]] ScreenSize screen_size();

// $PAGER, "less -S" when it is not set; empty for none.
[[nodiscard]] std::string pager_command();

// Keeps what fits on the screen, and starts the pager once there is more. The destructor prints what was
// kept, or waits until the user leaves the pager.
class PagedSink final : public ByteSink {
public:
    // An empty command pages nothing.
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
    std::size_t m_lines = 0;  // of the screen, that what was kept takes up
    std::FILE* m_pager = nullptr;
    std::optional<FileSink> m_out;
};

}  // namespace snapq::commands
