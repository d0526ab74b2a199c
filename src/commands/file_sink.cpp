#include "commands/file_sink.hpp"

#include <cerrno>

#include "support/error.hpp"

namespace snapq::commands {

void FileSink::write(std::string_view bytes) {
    if (m_closed || bytes.empty()) return;
    if (std::fwrite(bytes.data(), 1, bytes.size(), m_file) != bytes.size()) fail();
}

void FileSink::flush() {
    if (!m_closed && std::fflush(m_file) != 0) fail();
}

void FileSink::fail() {
    const int why = errno;
    m_closed = true;
    std::clearerr(m_file);
    if (why != EPIPE) throw SystemError("cannot write the results", why);
}

}  // namespace snapq::commands
