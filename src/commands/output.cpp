#include "commands/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "archive/manifest.hpp"
#include "support/error.hpp"

namespace snapq::commands {
namespace {

namespace fs = std::filesystem;

bool same_file(const fs::path& one, const fs::path& other) {
    std::error_code failure;
    return fs::equivalent(one, other, failure);
}

// Whether `directory` is an archive and `target` one of its files, which lie directly in it.
bool is_file_of_archive(const std::string& directory, const std::string& target) {
    std::error_code failure;
    if (!fs::exists(fs::path(directory) / archive::k_database_entry, failure)) return false;
    return std::ranges::any_of(fs::directory_iterator(directory, failure), fs::directory_iterator(),
                               [&](const fs::directory_entry& entry) { return same_file(entry, target); });
}

}  // namespace

void FileSink::write(std::string_view bytes) {
    if (!m_guard) return write_exactly(bytes);
    m_guarded.clear();
    m_guard->append(m_guarded, bytes);
    write_exactly(m_guarded);
}

void FileSink::expect(render::WorkflowGuard::Content content) {
    m_content = content;
    if (m_guard) m_guard.emplace(content);
}

void FileSink::write_exactly(std::string_view bytes) {
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

FileSink& standard_output() {
    static FileSink sink(stdout);
    return sink;
}

FileSink& standard_json_output() {
    FileSink& sink = standard_output();
    sink.expect(render::WorkflowGuard::Content::json);
    return sink;
}

ResultOutput::ResultOutput(const std::string& path, bool force, const std::vector<std::string>& inputs,
                           render::WorkflowGuard::Content content) {
    standard_output().expect(content);
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
        // Flushed, so that messages on stderr come after the results.
        standard_output().flush();
    }
}

void refuse_replacing_input(const std::string& input, const std::string& target, std::string_view output) {
    if (target.empty() || target == "-" || input == "-") return;
    if (!same_file(input, target) && !is_file_of_archive(input, target)) return;
    throw UsageError(fmt::format("'{}' would be replaced by {}", input, output))
        .with_hint("name another output with -o");
}

PageOutput::PageOutput(const std::string& path, bool force, const std::vector<std::string>& inputs) {
    for (const std::string& input : inputs) refuse_replacing_input(input, path, "its own page");
    if (path != "-") m_file = std::make_unique<io::OutputFile>(path, force);
}

void PageOutput::write(std::string_view bytes) {
    m_file ? m_file->write(bytes) : m_waiting.write(bytes);
}

void PageOutput::clear() {
    if (m_file) m_file->clear();
    m_waiting.clear();
}

void PageOutput::finish() {
    m_file ? m_file->commit() : copy_to_standard_output();
}

std::string PageOutput::name() const {
    return m_file ? m_file->target() : "standard output";
}

void PageOutput::copy_to_standard_output() {
    // The page consists of the program's own text and base64, which cannot contain a workflow command.
    standard_output().end_guard();
    m_waiting.copy_to(standard_output());
    standard_output().flush();
}

}  // namespace snapq::commands
