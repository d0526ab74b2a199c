// What no snapshot has more of. convert writes no more of it, readers of archives refuse more.
#pragma once

#include <cstddef>

namespace snapq::snapshot {

// Devices with a trace or a segment. PyTorch knows 128; each is a list, an entry and a check of its own.
inline constexpr std::size_t k_most_devices = 1000;

// Allocator settings. PyTorch has a few dozen; those beyond are counted as dropped.
inline constexpr std::size_t k_most_settings = 2000;

}  // namespace snapq::snapshot
