// Names of files that stay the same from run to run of the same program.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>

namespace snapq::analysis {

// Removes the beginning of filenames. Use it in one thread.
class PrefixStripper {
public:
    // `prefix`: a regular expression (RE2) for what is removed; "" removes nothing. Throws UsageError, which
    // names
    // --strip-prefix, when it is not a valid regular expression.
    explicit PrefixStripper(const std::string& prefix);

    [[nodiscard]] std::string_view operator()(std::string_view file) const;

private:
    std::unique_ptr<RE2> m_prefix;  // null: nothing to strip
};

// Makes the filenames that diff compares. Use it in one thread.
class StableFiles {
public:
    // Throws what PrefixStripper throws.
    explicit StableFiles(const std::string& strip_prefix) : m_strip(strip_prefix) {}

    // Removes the prefix, then applies frames::stable_filename.
    [[nodiscard]] std::string operator()(std::string_view file) const;

private:
    PrefixStripper m_strip;
};

}  // namespace snapq::analysis
