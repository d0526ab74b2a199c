// The program behind main: options, choice of command, exit codes.
#pragma once

namespace snapq::commands {

// Runs `snapq ARGV…`. Returns 0 when done, 1 when a limit set by the user was crossed. Throws Error (usage,
// input, surroundings) for everything else; nothing has been printed for it then.
int run_app(int argc, const char* const* argv);

}  // namespace snapq::commands
