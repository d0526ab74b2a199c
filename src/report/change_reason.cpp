#include "report/change_reason.hpp"

#include <cmath>

namespace snapq::report {

std::string_view change_reason(const HeldMemory& before, const HeldMemory& after) {
    if (after.bytes == before.bytes) return "";
    const bool grew = after.bytes > before.bytes;
    if (after.count == before.count) return grew ? "same count, larger" : "same count, smaller";
    const bool more = after.count > before.count;
    if (before.count <= 0 || after.count <= 0) return more ? "more allocations" : "fewer allocations";
    if (more != grew) return grew ? "fewer but larger" : "more but smaller";
    // The count and the bytes changed in the same direction. The mean size did, too, if the bytes changed by
    // a larger factor than the count.
    const double by_count = std::log(static_cast<double>(after.count) / static_cast<double>(before.count));
    const double by_bytes =
        before.bytes > 0 && after.bytes > 0
            ? std::log(static_cast<double>(after.bytes) / static_cast<double>(before.bytes))
            : by_count;
    if (std::abs(by_bytes - by_count) > std::abs(by_count) && std::abs(by_bytes) > std::abs(by_count)) {
        return grew ? "larger" : "smaller";
    }
    return grew ? "more allocations" : "fewer allocations";
}

bool is_about_size(std::string_view reason) {
    return reason.ends_with("larger") || reason.ends_with("smaller");
}

}  // namespace snapq::report
