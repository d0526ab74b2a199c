#include "analysis/diff/names.hpp"

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

}  // namespace snapq::analysis
