#include "report/call_tree.hpp"

#include "support/numbers.hpp"

namespace snapq::report {

void LeftOutCalls::add(std::int64_t more_bytes, std::int64_t more_count) {
    add(LeftOutCalls{1, more_bytes, more_count});
}

void LeftOutCalls::add(const LeftOutCalls& more) {
    branches += more.branches;
    bytes = saturating_add(bytes, more.bytes);
    count = saturating_add(count, more.count);
}

}  // namespace snapq::report
