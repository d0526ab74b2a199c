// The thread that waits for the signals which end the process.
#pragma once

#include <csignal>
#include <functional>

namespace snapq::io {

// Starts a thread that waits for SIGINT, SIGTERM, SIGHUP and SIGPIPE, removes the registered temporaries
// (io/cleanup), and then lets the process die of the signal, so that the caller sees it. The first process of
// a container cannot die of its own signals; it exits with 128 + signal, as a shell reports such a death.
//
// A signal that was ignored or blocked before stays so. SIGXFSZ (`ulimit -f`) is ignored, so a write beyond
// that limit fails like one to a full disk, and the error is reported. Call it once, before any other thread
// starts, because threads inherit the mask that blocks these signals. If the system cannot start the thread,
// the signals keep their default actions, and temporaries remain for the next run to remove.
void start_signal_thread();

// Ends the thread, for the end of main. A signal that arrived before is still obeyed, so the exit status
// shows it even if the work was finished in the meantime. Signals that arrive later are ignored.
void stop_signal_thread();

// The signal mask of the process before start_signal_thread(), for child processes.
[[nodiscard]] const sigset_t& original_signal_mask();

// What the signal thread does for SIGINT in place of ending the process; an empty function restores that. It
// runs in the signal thread, and never after the call that replaces it has returned. Any thread.
void set_interrupt_action(std::function<void()> action);

}  // namespace snapq::io
