#include "report/call_tree.hpp"

namespace snapq::report {

void LeftOutCalls::add(const LeftOutCalls& more) {
    branches += more.branches;
    bytes = saturating_add(bytes, more.bytes);
    count = saturating_add(count, more.count);
    base_bytes = saturating_add(base_bytes, more.base_bytes);
    base_count = saturating_add(base_count, more.base_count);
}

}  // namespace snapq::report
