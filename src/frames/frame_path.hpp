// A frame's filename as the rules compare it: components joined by '/', without empty ones, "." and "..";
// Windows paths in lower case.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace snapq::frames {

class FramePath {
public:
    explicit FramePath(std::string_view filename);

    [[nodiscard]] bool windows() const { return m_windows; }
    [[nodiscard]] bool absolute() const { return m_absolute; }
    [[nodiscard]] std::size_t size() const { return m_starts.size(); }
    [[nodiscard]] std::string_view operator[](std::size_t index) const { return part(index, 1); }
    // `count` components from `index` on, joined by '/'; "" when there are not so many.
    [[nodiscard]] std::string_view part(std::size_t index, std::size_t count) const;

private:
    void append(std::string_view component);
    [[nodiscard]] std::size_t end_of(std::size_t index) const;

    std::string m_text;
    std::vector<std::size_t> m_starts;
    bool m_windows = false;
    bool m_absolute = false;
};

}  // namespace snapq::frames
