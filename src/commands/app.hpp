// The program behind main.
#pragma once

namespace snapq::commands {

// Runs `snapq ARGV…`. Returns 0 on success, 1 when a limit set by the user was exceeded. Throws Error
// otherwise; the caller prints it. Results may still be buffered until flush_results.
int run_app(int argc, const char* const* argv);

// Writes buffered results to standard output. Throws SystemError when that fails. It is not an error if the
// reader has closed its end (`| head`).
void flush_results();

// Call it last: the process dies of a signal that has arrived, even if the work was done in the meantime.
void end_app();

}  // namespace snapq::commands
