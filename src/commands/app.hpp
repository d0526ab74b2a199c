// The program without main() and its exit codes for errors.
#pragma once

namespace snapq::commands {

// Runs `snapq ARGV…`. Returns 0 on success, and 1 if a limit set by the user was exceeded. Throws Error in
// all other cases; the caller prints it. Results may be buffered until flush_results() is called.
int run_app(int argc, const char* const* argv);

// Writes buffered results to standard output. Throws SystemError when that fails. It is not an error if the
// reader has closed its end (`| head`).
void flush_results();

// Call it last. If a signal has arrived, the process dies of it here, even if the work was finished in the
// meantime.
void end_app();

}  // namespace snapq::commands
