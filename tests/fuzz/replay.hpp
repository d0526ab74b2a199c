// The list of fuzz targets of the program replay_seeds.
#pragma once

#include <cstddef>
#include <cstdint>

namespace snapq::fuzz {

// Enters a target into the list while the program starts. `name` must live as long as the program.
struct ReplayTarget {
    using Function = int (*)(const std::uint8_t* data, std::size_t size);

    ReplayTarget(const char* name, Function run);
};

}  // namespace snapq::fuzz
