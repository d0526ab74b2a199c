// The names of an archive's entries (design section 3). Public: SnapViewer and users' scripts rely on them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace snapq::archive {

inline constexpr std::string_view k_timeline_entry = "allocations.json";  // of the viewer device
inline constexpr std::string_view k_database_entry = "elements.db";

// "allocations.json" for the viewer device, "allocations.deviceN.json" for the others.
[[nodiscard]] std::string timeline_entry(std::int64_t device, std::int64_t viewer_device);

// Whether snapq writes a file of this name into an archive.
[[nodiscard]] bool is_entry_name(std::string_view name);

}  // namespace snapq::archive
