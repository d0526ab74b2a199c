#include "commands/progress_bar.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "commands/messages.hpp"
#include "support/sizes.hpp"

namespace snapq::commands {
namespace {

constexpr double k_redraw_seconds = 0.1;
constexpr int k_bar_width = 24;

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The unit depends on the phase: "reading" counts bytes of the input, "verifying" counts archives, the others
// count points of the timelines.
std::string amount(std::string_view phase, double count) {
    const auto whole = static_cast<std::int64_t>(count);
    if (phase == "reading") return format_size(whole);
    return format_count(whole) + (phase == "verifying" ? " archives" : " points");
}

}  // namespace

bool wants_progress(ProgressMode mode) {
    return mode == ProgressMode::always || (mode == ProgressMode::automatic && isatty(STDERR_FILENO) == 1);
}

void ProgressBar::update(std::string_view phase, std::uint64_t done, std::uint64_t total) {
    if (!m_enabled) return;
    const std::lock_guard lock(m_mutex);
    const double now = seconds_now();
    if (phase != m_phase) {
        m_phase = phase;
        m_phase_start = now;
    } else if (now - m_last_draw < k_redraw_seconds) {
        return;
    }
    m_last_draw = now;
    draw(phase, done, total, now);
}

void ProgressBar::draw(std::string_view phase, std::uint64_t done, std::uint64_t total, double now) {
    const double elapsed = std::max(now - m_phase_start, 1e-3);
    const double rate = static_cast<double>(done) / elapsed;
    std::string line = fmt::format("{:<9}", phase);
    if (total > 0) {
        const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
        const int filled = static_cast<int>(share * k_bar_width);
        line += fmt::format("[{:=<{}}{:<{}}] {:3.0f} %  ", "", filled, "", k_bar_width - filled, share * 100);
    }
    line += fmt::format("{}  {}/s", amount(phase, static_cast<double>(done)), amount(phase, rate));
    if (total > done && rate > 0)
        line += fmt::format("  {:.0f} s left", static_cast<double>(total - done) / rate);
    say("\r{:<79}", line);
    std::fflush(stderr);
    m_drawn = true;
}

void ProgressBar::clear() {
    const std::lock_guard lock(m_mutex);
    if (!m_drawn) return;
    say("\r{:<79}\r", "");
    std::fflush(stderr);
    m_drawn = false;
}

}  // namespace snapq::commands
