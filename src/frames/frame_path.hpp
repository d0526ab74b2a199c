// A frame's filename in the form in which the rules compare it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace snapq::frames {

// The last component, after '/' or '\'.
[[nodiscard]] std::string_view base_name(std::string_view filename);

// The components of a filename, without empty ones, "." and "..". A path of Windows (it has a drive letter or
// a backslash) is in lower case.
class FramePath {
public:
    explicit FramePath(std::string_view filename);

    [[nodiscard]] bool windows() const { return m_windows; }
    [[nodiscard]] bool absolute() const { return m_absolute; }
    [[nodiscard]] std::size_t size() const { return m_starts.size(); }
    [[nodiscard]] std::string_view operator[](std::size_t index) const { return part(index, 1); }
    // `count` components from `index` on, joined by '/'; "" when there are fewer.
    [[nodiscard]] std::string_view part(std::size_t index, std::size_t count) const;

private:
    void append(std::string_view component);
    [[nodiscard]] std::size_t end_of(std::size_t index) const;

    std::string m_text;                 // the components, joined by '/'
    std::vector<std::size_t> m_starts;  // of each component in m_text
    bool m_windows = false;
    bool m_absolute = false;
};

}  // namespace snapq::frames
