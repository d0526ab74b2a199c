// Named temporaries that a killed process would leave behind, for signal handlers.
//
// Most temporaries have no name and vanish with the process; file systems that cannot do that, the moment
// before a target is replaced, and directories need a name. Whoever makes one registers it here; a command's
// signal handler is clean_up_and_die(). What even that misses (SIGKILL) is removed by the next run that
// writes the same target.
#pragma once

#include <csignal>
#include <cstddef>
#include <string>

namespace snapq::io {

// Async-signal-safe: waits for the names that other threads are just making or publishing, then unlinks the
// registered files and removes the registered directories, which hold nothing else. A registered path that
// does not exist does no harm. When the wait takes seconds (a network file system that is gone), everything
// stays as it is. Meant for a process that dies next: no thread makes or publishes another name.
void unlink_registered_temporaries() noexcept;

// A handler: does that, then dies of the signal, so that the caller sees it. The first process of a container
// cannot die of its own signals; it exits with 128 + signal, as a shell tells such a death.
[[noreturn]] void clean_up_and_die(int signal) noexcept;

// Registers a path while it lives; does not remove anything itself. Relative paths count from the directory
// that is current when the signal comes. Any thread, while a CleanupHeld of it lives. When the path is longer
// than systems take, or memory is out, nothing is registered: only the next run would clean up then.
class RegisteredTemporary {
public:
    enum class Type : int { file, directory };

    static constexpr std::size_t k_max_path = 4096;

    RegisteredTemporary() = default;
    explicit RegisteredTemporary(const std::string& path, Type type = Type::file);
    RegisteredTemporary(RegisteredTemporary&& other) noexcept;
    RegisteredTemporary& operator=(RegisteredTemporary&& other) noexcept;
    ~RegisteredTemporary() { release(); }

    void release();

    struct Slot;

private:
    Slot* m_slot = nullptr;  // never freed
};

// Holds back unlink_registered_temporaries() while it lives. Two steps need that: making a name and
// registering it, which comes second because the name may turn out to be somebody else's; and giving an
// output its final name, which must find it whole. This thread's signals wait, and so does a handler that
// runs in another thread; once one has begun, the constructor never returns. Any thread, not twice at a time;
// short work only.
class CleanupHeld {
public:
    CleanupHeld();
    CleanupHeld(const CleanupHeld&) = delete;
    CleanupHeld& operator=(const CleanupHeld&) = delete;
    ~CleanupHeld();

private:
    sigset_t m_before{};
};

}  // namespace snapq::io
