// The program behind main: options, choice of command, exit codes.
#pragma once

namespace snapq::commands {

// Runs `snapq ARGV…`. Returns 0 when done, 1 when a limit set by the user was crossed. Throws Error (usage,
// input, surroundings) for everything else; nothing has been printed for it then. Results may still wait for
// flush_results.
int run_app(int argc, const char* const* argv);

// Sends what is left of the results to standard output. Throws SystemError when it cannot be written, unless
// the reader has gone away (`| head`).
void flush_results();

}  // namespace snapq::commands
