// Where a page goes: a file or standard output, complete or not at all.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/output_file.hpp"
#include "io/temp_file.hpp"
#include "support/bytes.hpp"

namespace snapq::commands {

class PageOutput final : public ByteSink {
public:
    // "-" is standard output; the page waits in a temporary file then. Throws UsageError here, before any
    // work, when the file exists and `force` is false, or when it is one of the `inputs`.
    PageOutput(const std::string& path, bool force, const std::vector<std::string>& inputs);

    void write(std::string_view bytes) override;
    // Makes the page appear. Call it last.
    void finish();

    // For messages.
    [[nodiscard]] std::string name() const;

private:
    void copy_to_standard_output();

    std::unique_ptr<io::OutputFile> m_file;     // null: standard output
    std::unique_ptr<io::TempFile> m_temporary;  // null: a file
    std::uint64_t m_written = 0;                // to the temporary file
};

}  // namespace snapq::commands
