// Named temporaries that would remain after the process is killed by a signal.
//
// Most temporaries have no name and vanish with the process. File systems without unnamed files, the moment
// before a target is replaced, and directories need a name. The code that creates one registers it here; the
// signal thread (io/signal_thread) removes all registered names before the process dies. Names that remain
// after SIGKILL are removed by the next run that writes the same target.
#pragma once

#include <csignal>
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

}  // namespace snapq::io
