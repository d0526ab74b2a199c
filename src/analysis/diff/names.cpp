#include "analysis/diff/names.hpp"

#include "frames/frame_text.hpp"
#include "support/error.hpp"

namespace snapq::analysis {

StableFiles::StableFiles(const std::string& strip_prefix) {
    if (strip_prefix.empty()) return;
    m_prefix = std::make_unique<RE2>(strip_prefix, RE2::Quiet);
    if (!m_prefix->ok()) {
        throw_usage("--strip-prefix '{}' is no regular expression: {}", strip_prefix, m_prefix->error());
    }
}

std::string StableFiles::operator()(std::string_view file) const {
    if (m_prefix) {
        re2::StringPiece rest(file.data(), file.size());
        if (RE2::Consume(&rest, *m_prefix)) file = std::string_view(rest.data(), rest.size());
    }
    return frames::stable_filename(file);
}

}  // namespace snapq::analysis
