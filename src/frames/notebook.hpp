// Filenames of notebook cells. IPython and its relatives put the process and the execution counter into them,
// and both differ from run to run of the same cell. Pure functions; any thread may call them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace snapq::frames {

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
