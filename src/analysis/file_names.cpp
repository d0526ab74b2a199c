#include "analysis/file_names.hpp"

#include <algorithm>
#include <cctype>

#include "frames/frame_text.hpp"
#include "support/error.hpp"

namespace snapq::analysis {

PrefixStripper::PrefixStripper(const std::string& prefix) {
    if (prefix.empty()) return;
    m_prefix = std::make_unique<RE2>(prefix, RE2::Quiet);
    if (!m_prefix->ok()) {
        throw_usage("--strip-prefix '{}' is no regular expression: {}", prefix, m_prefix->error());
    }
}

std::string_view PrefixStripper::operator()(std::string_view file) const {
    if (!m_prefix) return file;
    re2::StringPiece rest(file.data(), file.size());
    return RE2::Consume(&rest, *m_prefix) ? std::string_view(rest.data(), rest.size()) : file;
}

std::string StableFiles::operator()(std::string_view file) const {
    return frames::stable_filename(m_strip(file));
}

namespace {

constexpr std::string_view k_separators = "/\\";
// The characters that separate a path from other words in a sentence, a list or an assignment.
constexpr std::string_view k_around = " \t\r\n\"'`<>|,;()[]{}=";

bool is_rooted(std::string_view word) {
    const bool has_drive =
        word.size() > 2 && word[1] == ':' && std::isalpha(static_cast<unsigned char>(word[0])) != 0;
    return has_drive || k_separators.find(word[0]) != std::string_view::npos || word[0] == '~' ||
           word[0] == '.';
}

// Whether a word with a separator is a path, although it does not begin with a root or a dot.
bool is_relative_path(std::string_view word) {
    const std::size_t last = word.find_last_of(k_separators);
    return word.find_first_of(k_separators) != last || word.find('.', last) != std::string_view::npos;
}

}  // namespace

ShownNames::ShownNames(const NameOptions& options)
    : m_strip(options.strip_prefix),
      m_base_names(options.base_names),
      m_any(options.base_names || !options.strip_prefix.empty()) {}

std::string ShownNames::file(std::string_view name) const {
    name = m_strip(name);
    return std::string(m_base_names ? frames::base_name(name) : name);
}

std::string ShownNames::text(std::string_view text) const {
    std::string shown;
    while (!text.empty()) {
        const std::size_t gap = std::min(text.find_first_not_of(k_around), text.size());
        shown += text.substr(0, gap);
        text.remove_prefix(gap);
        const std::size_t length = std::min(text.find_first_of(k_around), text.size());
        const std::string_view word = text.substr(0, length);
        shown += is_path(word) ? file(word) : std::string(word);
        text.remove_prefix(length);
    }
    return shown;
}

bool ShownNames::is_path(std::string_view word) const {
    const std::size_t last = word.find_last_of(k_separators);
    if (last == std::string_view::npos || last + 1 == word.size()) return false;
    return is_rooted(word) || (m_base_names && is_relative_path(word));
}

void ShownNames::apply_to(archive::ArchiveReader& archive) const {
    if (m_any) archive.name_files([this](std::string_view name) { return file(name); });
}

}  // namespace snapq::analysis
