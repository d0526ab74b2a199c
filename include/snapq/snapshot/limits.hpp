// What no snapshot has more of; convert refuses it and verify does not look for it.
#pragma once

#include <cstddef>

namespace snapq::snapshot {

// Devices with a trace or a segment. PyTorch knows 128; each is a list, an entry and a check of its own.
inline constexpr std::size_t k_most_devices = 1000;

}  // namespace snapq::snapshot
