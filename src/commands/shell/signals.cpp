#include "commands/shell/signals.hpp"

#include <atomic>
#include <csignal>

namespace snapq::commands {
namespace {

std::atomic<archive::Database*> g_database = nullptr;
std::atomic<bool> g_interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<void*>::is_always_lock_free,
              "a signal handler must not wait");

struct sigaction g_old_interrupt;
struct sigaction g_old_pipe;

void remember(int) {
    g_interrupted = true;
    if (archive::Database* database = g_database) database->interrupt();
}

}  // namespace

ShellSignals::ShellSignals(archive::Database& database) {
    g_database = &database;
    struct sigaction action {};
    sigemptyset(&action.sa_mask);
    action.sa_handler = remember;  // without SA_RESTART: the line being typed is left, too
    sigaction(SIGINT, &action, &g_old_interrupt);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, &g_old_pipe);
}

ShellSignals::~ShellSignals() {
    sigaction(SIGINT, &g_old_interrupt, nullptr);
    sigaction(SIGPIPE, &g_old_pipe, nullptr);
    g_database = nullptr;
}

bool ShellSignals::interrupted() {
    return g_interrupted;
}

void ShellSignals::forget() {
    g_interrupted = false;
}

}  // namespace snapq::commands
