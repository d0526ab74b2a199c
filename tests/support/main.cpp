#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <malloc.h>

#include "support/skip.hpp"

namespace {

// Tests that decode hundreds of thousands of small inputs allocate and free the same few hundred kilobytes
// each time. By default, glibc returns this memory to the system, which must then map it again. This took
// nine tenths of the time of these tests.
void keep_freed_memory() {
    constexpr int k_mebibyte = 1 << 20;
    mallopt(M_MMAP_THRESHOLD, 32 * k_mebibyte);
    mallopt(M_TRIM_THRESHOLD, 256 * k_mebibyte);
    mallopt(M_TOP_PAD, 16 * k_mebibyte);
}

}  // namespace

int main(int argc, char* argv[]) {
    keep_freed_memory();
    const int failures = Catch::Session().run(argc, argv);
    return failures == 0 && snapq::tests::skipped_test_count > 0 ? snapq::tests::k_skip_exit_code : failures;
}
