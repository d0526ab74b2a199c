#include "report/live_rows.hpp"

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

}  // namespace snapq::report
