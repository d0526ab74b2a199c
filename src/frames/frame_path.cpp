#include "frames/frame_path.hpp"

#include <algorithm>

namespace snapq::frames {

namespace {

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool has_drive(std::string_view filename) {
    return filename.size() > 1 && filename[1] == ':' && lower(filename[0]) >= 'a' &&
           lower(filename[0]) <= 'z';
}

}  // namespace

FramePath::FramePath(std::string_view filename)
    : m_windows(has_drive(filename) || filename.find('\\') != std::string_view::npos) {
    const std::string_view separators = m_windows ? "/\\" : "/";
    m_absolute = has_drive(filename) || separators.find(filename.substr(0, 1)) != std::string_view::npos;
    m_text.reserve(filename.size());
    for (std::size_t at = 0; at < filename.size();) {
        const std::size_t end = std::min(filename.find_first_of(separators, at), filename.size());
        append(filename.substr(at, end - at));
        at = end + 1;
    }
}

void FramePath::append(std::string_view component) {
    if (component.empty() || component == ".") return;
    if (component == ".." && !m_starts.empty()) {
        m_text.resize(m_starts.back() == 0 ? 0 : m_starts.back() - 1);
        m_starts.pop_back();
        return;
    }
    if (!m_starts.empty()) m_text += '/';
    m_starts.push_back(m_text.size());
    m_text += component;
    if (m_windows)
        std::transform(m_text.end() - static_cast<std::ptrdiff_t>(component.size()), m_text.end(),
                       m_text.end() - static_cast<std::ptrdiff_t>(component.size()), lower);
}

std::size_t FramePath::end_of(std::size_t index) const {
    return index + 1 < m_starts.size() ? m_starts[index + 1] - 1 : m_text.size();
}

std::string_view FramePath::part(std::size_t index, std::size_t count) const {
    if (count == 0 || index + count > m_starts.size()) return {};
    const std::size_t begin = m_starts[index];
    return std::string_view(m_text).substr(begin, end_of(index + count - 1) - begin);
}

std::string_view base_name(std::string_view filename) {
    return filename.substr(filename.find_last_of("/\\") + 1);  // npos + 1 is 0
}

}  // namespace snapq::frames
