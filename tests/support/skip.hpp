// Tests that cannot run everywhere: they need recorded snapshots, another program or a special device.
#pragma once

#include <string>

#include "support/catch.hpp"

namespace snapq::tests {

// The exit code of a test program that CTest reports as "Skipped" (property SKIP_RETURN_CODE).
inline constexpr int k_skip_exit_code = 77;

inline int skipped_test_count = 0;

// Marks the running test case as skipped. When nothing in it can run, the caller returns: `if (!exists)
// return skip_test("there is no /dev/full");`. A failure in the same run has priority over the skip.
inline void skip_test(const std::string& reason) {
    ++skipped_test_count;
    WARN("SKIPPED: " << reason);
}

}  // namespace snapq::tests
