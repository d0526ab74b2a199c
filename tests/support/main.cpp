#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include "support/skip.hpp"

int main(int argc, char* argv[]) {
    const int failures = Catch::Session().run(argc, argv);
    return failures == 0 && snapq::tests::skipped_test_count > 0 ? snapq::tests::k_skip_exit_code : failures;
}
