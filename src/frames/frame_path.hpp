// A frame's filename: the form in which the rules compare it, and the names of notebook cells. Pure
// functions; any thread may call them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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

// The filename (with '/', not '\') without the process and the counter:
//
//     /tmp/ipykernel_4711/169.py        /tmp/ipykernel/169.py           169 is a hash of the cell's text
//     <ipython-input-12-1a2b3c4d5e6f>   <ipython-input-1a2b3c4d5e6f>
//     /tmp/ipython-input-12-346728.py   /tmp/ipython-input-346728.py
//     Cell In[12]                       Cell In
//
// Other filenames are returned as they are.
[[nodiscard]] std::string without_counters(std::string filename);

// The execution counter, if nothing else in the filename tells this cell from others: 12 in "Cell In[12]".
// Cells of one notebook are then told apart by the order in which they ran.
[[nodiscard]] std::optional<std::int64_t> counter_of_cell(std::string_view filename);

}  // namespace snapq::frames
