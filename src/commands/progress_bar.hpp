// A progress bar on stderr: the finished amount, the rate and the remaining time.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace snapq::commands {

enum class ProgressMode { automatic, always, never };

// Automatic: only when stderr is a terminal.
[[nodiscard]] bool wants_progress(ProgressMode mode);

// Any thread may call update; the line is redrawn at most ten times a second.
class ProgressBar {
public:
    explicit ProgressBar(bool enabled) : m_enabled(enabled) {}
    ~ProgressBar() { clear(); }

    void update(std::string_view phase, std::uint64_t done, std::uint64_t total);
    // Removes the line, before other text is printed.
    void clear();

private:
    void draw(std::string_view phase, std::uint64_t done, std::uint64_t total, double now);

    bool m_enabled;
    std::mutex m_mutex;
    std::string m_phase;
    double m_phase_start = 0;
    double m_last_draw = 0;
    bool m_drawn = false;
};

}  // namespace snapq::commands
