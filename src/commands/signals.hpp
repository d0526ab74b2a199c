// What happens when the process is told to stop.
#pragma once

namespace snapq::commands {

// On SIGINT, SIGTERM, SIGHUP and SIGPIPE: remove the named temporaries, then die of the signal, so that the
// caller sees it. (Unnamed temporaries vanish by themselves.) A signal that was ignored when the program
// started stays ignored. SIGXFSZ (`ulimit -f`) is ignored: the write then fails like one to a full disk, and
// is reported.
void install_signal_handlers();

}  // namespace snapq::commands
