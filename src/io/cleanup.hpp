// Named temporaries that would remain after the process is killed by a signal, and the thread that waits for
// these signals.
//
// Most temporaries have no name and vanish with the process. File systems without unnamed files, the moment
// before a target is replaced, and directories need a name. The code that creates one registers it here; the
// signal thread removes all registered names before the process dies. Names that remain
// after SIGKILL are removed by the next run that writes the same target.
#pragma once

#include <csignal>
#include <functional>
#include <list>
#include <string>

namespace snapq::io {

// Keeps a name in an open directory registered while it lives; it does not remove anything itself. The caller
// keeps the directory open meanwhile, because the name is removed in that directory even if its path leads
// elsewhere by then. A name that does not exist does no harm. Any thread.
class RegisteredTemporary {
public:
    enum class Type : int { file, directory };

    RegisteredTemporary() = default;
    RegisteredTemporary(int directory, std::string name, Type type = Type::file);
    RegisteredTemporary(RegisteredTemporary&& other) noexcept;
    RegisteredTemporary& operator=(RegisteredTemporary&& other) noexcept;
    ~RegisteredTemporary() { release(); }

    void release() noexcept;

private:
    struct Name {
        int directory;  // its descriptor, or AT_FDCWD
        std::string name;
        Type type;
    };
    friend void remove_registered_temporaries() noexcept;
    static std::list<Name>& names();

    std::list<Name>::iterator m_name;
    bool m_is_registered = false;
};

// Removes the registered files, then the registered directories, which must be empty by then. Waits up to 2
// seconds for every CleanupHeld; if one remains (a network file system that does not answer), nothing is
// removed. Afterwards no thread can register, create or publish a name: their calls do not return. Does not
// allocate memory. Call it only when the process ends next.
void remove_registered_temporaries() noexcept;

// Delays the removal while it lives. Two actions need that: creating a name and registering it, because the
// name can be registered only when it is known to be ours; and giving an output its final name, which must
// not happen after the removal has begun. One thread at a time holds it; others wait, so the work must be
// short.
class CleanupHeld {
public:
    CleanupHeld();
    CleanupHeld(const CleanupHeld&) = delete;
    CleanupHeld& operator=(const CleanupHeld&) = delete;
    ~CleanupHeld();

private:
    sigset_t m_mask_before{};
};

// ---- the signal thread ----

// Starts a thread that waits for SIGINT, SIGTERM, SIGHUP and SIGPIPE, removes the registered temporaries,
// and then lets the process die of the signal, so that the caller sees it. The first process of
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
