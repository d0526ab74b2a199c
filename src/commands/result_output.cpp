#include "commands/result_output.hpp"

#include <cstdio>

namespace snapq::commands {

ResultOutput::ResultOutput(const std::string& path, bool force) {
    if (!path.empty() && path != "-") m_file = std::make_unique<io::OutputFile>(path, force);
}

void ResultOutput::write(std::string_view text) {
    if (m_file) {
        m_file->write(text);
        return;
    }
    // A failed write is noticed when main flushes stdout.
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void ResultOutput::finish() {
    if (m_file) {
        m_file->commit();
    } else {
        // What goes to stderr next shall stand below the results.
        std::fflush(stdout);
    }
}

}  // namespace snapq::commands
