#include "io/output_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "io/directory_entries.hpp"
#include "io/temporaries.hpp"
#include "support/error.hpp"

namespace snapq::io {

OutputFolder::OutputFolder(const std::string& target)
    : m_output(std::make_unique<const OutputPath>(resolve_output(target))) {
    const int parent = m_output->directory.get();
    if (m_output->name.empty()) {  // the root
        m_fd = Fd(::openat(parent, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!m_fd) fail_writing(target, errno);
        return;
    }
    const CleanupHeld until_registered;
    m_is_temporary = ::mkdirat(parent, m_output->name.c_str(), k_directory_mode) == 0;
    if (m_is_temporary) {
        m_registration = RegisteredTemporary(parent, m_output->name, RegisteredTemporary::Type::directory);
    } else if (errno != EEXIST) {
        throw SystemError("cannot create folder " + target, errno);
    }
    m_fd = Fd(::openat(parent, m_output->name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (m_fd) return;
    const int why = errno;
    if (m_is_temporary) ::unlinkat(parent, m_output->name.c_str(), AT_REMOVEDIR);
    fail_writing(target, why);
}

OutputFolder::~OutputFolder() {
    if (m_is_temporary) remove_same_directory(m_fd.get(), m_output->directory.get(), m_output->name);
}

std::string OutputFolder::display_path(const std::string& name) const {
    return m_output->target + "/" + name;
}

void OutputFolder::keep() {
    m_is_temporary = false;
    m_registration.release();
}

}  // namespace snapq::io
