#include "commands/result_output.hpp"

#include "commands/own_input.hpp"
#include "commands/standard_output.hpp"

namespace snapq::commands {

ResultOutput::ResultOutput(const std::string& path, bool force, const std::vector<std::string>& inputs) {
    for (const std::string& input : inputs) refuse_replacing_input(input, path, "its own report");
    if (!path.empty() && path != "-") m_file = std::make_unique<io::OutputFile>(path, force);
}

void ResultOutput::write(std::string_view text) {
    m_file ? m_file->write(text) : standard_output().write(text);
}

void ResultOutput::finish() {
    if (m_file) {
        m_file->commit();
    } else {
        // What goes to stderr next shall stand below the results.
        standard_output().flush();
    }
}

}  // namespace snapq::commands
