// The names of files: forms that stay the same from run to run of the same program, and forms that may be
// shown to others.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>

#include "archive/archive_reader.hpp"

namespace snapq::analysis {

// Removes the beginning of filenames. Use it in one thread.
class PrefixStripper {
public:
    // `prefix`: a regular expression (RE2) for what is removed; "" removes nothing. Throws UsageError, which
    // names --strip-prefix, when it is not a valid regular expression.
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

struct NameOptions {
    std::string strip_prefix{};  // RE2; removed from the beginning of file names
    bool base_names = false;     // without directories
};

// Changes the names of files, and paths in other texts. Use it in one thread.
class ShownNames {
public:
    // Throws UsageError when the prefix is not a valid regular expression.
    explicit ShownNames(const NameOptions& options);

    // Whether anything is changed.
    [[nodiscard]] bool any() const { return m_any; }
    // The name of a file.
    [[nodiscard]] std::string file(std::string_view name) const;
    // Any other text. It changes the words that are paths: those that begin with a slash, a tilde, a dot or a
    // drive letter. With `base_names`, words that have an extension after the last separator, or at least two
    // separators, are paths too; without it they are kept, because their prefix may be stripped already.
    // "forward/backward" stays as it is.
    [[nodiscard]] std::string text(std::string_view text) const;

    // From now on, databases that are opened from the archive return the changed names. This object must
    // outlive the archive and its databases.
    void apply_to(archive::ArchiveReader& archive) const;

private:
    [[nodiscard]] bool is_path(std::string_view word) const;

    PrefixStripper m_strip;
    bool m_base_names;
    bool m_any;
};

}  // namespace snapq::analysis
