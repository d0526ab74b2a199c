#include "report/live_rows.hpp"

#include <cmath>

#include "support/numbers.hpp"

namespace snapq::report {

bool comes_before(const LiveRow& a, const LiveRow& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.key < b.key;
}

std::size_t bytes_of(const LiveRow& row) {
    std::size_t bytes = sizeof(row) + row.key.raw().size() + row.label.raw().size();
    for (const auto* text : {&row.file, &row.function, &row.op}) bytes += *text ? (*text)->raw().size() : 0;
    return bytes;
}

void OtherLiveRows::add(const LiveRow& row) {
    add(OtherLiveRows{1, row.bytes, row.count, row.older});
}

void OtherLiveRows::add(const OtherLiveRows& more) {
    keys += more.keys;
    bytes = saturating_add(bytes, more.bytes);
    count = saturating_add(count, more.count);
    older.bytes = saturating_add(older.bytes, more.older.bytes);
    older.count = saturating_add(older.count, more.older.count);
}

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

void LeftOutCalls::add(const LeftOutCalls& more) {
    branches += more.branches;
    bytes = saturating_add(bytes, more.bytes);
    count = saturating_add(count, more.count);
    base_bytes = saturating_add(base_bytes, more.base_bytes);
    base_count = saturating_add(base_count, more.base_count);
}

}  // namespace snapq::report
