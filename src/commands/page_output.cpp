#include "commands/page_output.hpp"

#include <array>

#include "commands/output.hpp"

namespace snapq::commands {

PageOutput::PageOutput(const std::string& path, bool force, const std::vector<std::string>& inputs) {
    for (const std::string& input : inputs) refuse_replacing_input(input, path, "its own page");
    if (path == "-") {
        m_temporary = std::make_unique<io::TempFile>();
    } else {
        m_file = std::make_unique<io::OutputFile>(path, force);
    }
}

void PageOutput::write(std::string_view bytes) {
    if (m_file) return m_file->write(bytes);
    m_temporary->write_at(m_written, bytes);
    m_written += bytes.size();
}

void PageOutput::finish() {
    m_file ? m_file->commit() : copy_to_standard_output();
}

std::string PageOutput::name() const {
    return m_file ? m_file->target() : "standard output";
}

void PageOutput::copy_to_standard_output() {
    // The page is the program's own text and base64, in which no command of a workflow can be.
    standard_output().end_guard();
    std::array<char, 65536> buffer;
    for (std::uint64_t at = 0; at < m_written;) {
        const std::size_t count = m_temporary->read_at(at, buffer);
        standard_output().write({buffer.data(), count});
        at += count;
    }
    standard_output().flush();
}

}  // namespace snapq::commands
