// The outputs of a command: standard output, or a file that appears complete or not at all.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/output_file.hpp"
#include "io/temporaries.hpp"
#include "render/escape.hpp"
#include "support/bytes.hpp"

namespace snapq::commands {

// Writes to an open stdio stream. When the reader has closed its end (`| head`), everything further is
// dropped without an error; a producer of many rows checks `is_closed`. Throws SystemError for other
// failures.
class FileSink final : public ByteSink {
public:
    explicit FileSink(std::FILE* file) : m_file(file) {}

    void write(std::string_view bytes) override;
    void flush();
    [[nodiscard]] bool is_closed() const { return m_closed; }

    // From now on, no text becomes a workflow command of GitHub Actions.
    void guard() { m_guard.emplace(m_content); }
    // From now on, bytes are not changed. For outputs that are not a log and in which text from files is
    // encoded.
    void end_guard() { m_guard.reset(); }
    // Sets the kind of content that follows, which only a guard needs to know.
    void expect(render::WorkflowGuard::Content content);

private:
    void write_exactly(std::string_view bytes);
    void fail();

    std::FILE* m_file;
    render::WorkflowGuard::Content m_content = render::WorkflowGuard::Content::text;
    std::optional<render::WorkflowGuard> m_guard;
    std::string m_guarded;
    bool m_closed = false;
};

// All results for standard output go through this sink, because only it remembers a failed write. Writing
// throws SystemError; flush_results() in app.hpp throws it for the results that were still buffered.
[[nodiscard]] FileSink& standard_output();
// The same for results that are JSON as a whole.
[[nodiscard]] FileSink& standard_json_output();

class ResultOutput final : public ByteSink {
public:
    // An empty path or "-" is standard output. Throws UsageError here, before any work, when the file exists
    // and `force` is false, or when it is one of the `inputs`.
    ResultOutput(const std::string& path, bool force, const std::vector<std::string>& inputs,
                 render::WorkflowGuard::Content content);

    void write(std::string_view text) override;
    // Makes the file appear. Call it last.
    void finish();

private:
    std::unique_ptr<io::OutputFile> m_file;
};

// Throws UsageError when `target` is the file `input` under any name (another path, a symbolic or a hard
// link), or a file in the directory `input` of an archive. `output` names the new content for the message, as
// in "its own archive". Standard input and output ("-", or an empty target) are accepted.
void refuse_replacing_input(const std::string& input, const std::string& target, std::string_view output);

// The output for a page, which is written in parts. Otherwise it is like ResultOutput.
class PageOutput final : public ByteSink {
public:
    // "-" is standard output; the page waits until it is complete then. Throws UsageError here, before any
    // work, when the file exists and `force` is false, or when it is one of the `inputs`.
    PageOutput(const std::string& path, bool force, const std::vector<std::string>& inputs);

    void write(std::string_view bytes) override;
    // Forgets what was written, for another attempt.
    void clear();
    // Makes the page appear. Call it last.
    void finish();

    // The name of the output for messages.
    [[nodiscard]] std::string name() const;

private:
    void copy_to_standard_output();

    std::unique_ptr<io::OutputFile> m_file;  // null: standard output
    io::SpilledText m_waiting;               // for standard output
};

}  // namespace snapq::commands
