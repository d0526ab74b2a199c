// The names of an archive's entries (design section 3). Public: SnapViewer and users' scripts rely on them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace snapq::archive {

inline constexpr std::string_view k_timeline_entry = "allocations.json";  // of the viewer device
inline constexpr std::string_view k_database_entry = "elements.db";

// "allocations.device1.json", the timeline of another device.
[[nodiscard]] std::string timeline_entry(std::int64_t device);

// Whether snapq writes a file of this name into an archive.
[[nodiscard]] bool is_entry_name(std::string_view name);

}  // namespace snapq::archive
