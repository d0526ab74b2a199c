// Names of files that stay the same from run to run of the same program.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>

namespace snapq::analysis {

// Makes the filenames that diff compares. Use it in one thread.
class StableFiles {
public:
    // `strip_prefix`: a regular expression (RE2) to remove from the beginning of each filename; "" removes
    // nothing. Throws UsageError when it is not a valid regular expression.
    explicit StableFiles(const std::string& strip_prefix);

    // Removes the prefix, then applies frames::stable_filename.
    [[nodiscard]] std::string operator()(std::string_view file) const;

private:
    std::unique_ptr<RE2> m_prefix;  // null: nothing to strip
};

}  // namespace snapq::analysis
