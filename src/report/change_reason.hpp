// Why a site holds more or less memory than before, or than on another rank: count or size of allocations.
#pragma once

#include <cstdint>
#include <string_view>

namespace snapq::report {

struct HeldMemory {
    std::int64_t bytes = 0;
    std::int64_t count = 0;  // allocations
};

// Bytes are the count times the mean size. The reason is the factor that explains more of the change; on a
// tie, the count. One of:
//
//     "same count, larger"   "more allocations"    "larger"    "fewer but larger"
//     "same count, smaller"  "fewer allocations"   "smaller"   "more but smaller"
//
// The first row is for growth, the second one for the opposite; "" if the bytes are equal. A count of 0 means
// that all allocations came or went.
[[nodiscard]] std::string_view change_reason(const HeldMemory& before, const HeldMemory& after);

// Whether the reason is about the size of the allocations, not about their number.
[[nodiscard]] bool is_about_size(std::string_view reason);

}  // namespace snapq::report
