#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "convert/threads.hpp"
#include "support/catch.hpp"

using namespace snapq::convert;

TEST_CASE("results are taken in the order of the items", "[threads]") {
    for (const unsigned threads : {1U, 2U, 7U}) {
        std::vector<std::size_t> taken;
        in_order<std::size_t>(
            100, threads,
            [](std::size_t item) {
                if (item % 10 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
                return item * item;
            },
            [&](std::size_t item, std::size_t result) {
                CHECK(result == item * item);
                taken.push_back(item);
            });
        REQUIRE(taken.size() == 100);
        for (std::size_t i = 0; i < taken.size(); ++i) CHECK(taken[i] == i);
    }
}

TEST_CASE("work does not run far ahead of what was taken", "[threads]") {
    std::atomic<std::size_t> made = 0;
    in_order<int>(
        1000, 2, [&](std::size_t) { return ++made, 0; },
        [&](std::size_t item, int) { CHECK(made <= item + 1 + 8); });
    CHECK(made == 1000);
}

TEST_CASE("an error of the work or of the taker ends everything", "[threads]") {
    const auto fails_at_5 = [](std::size_t item) {
        if (item == 5) throw std::runtime_error("five");
        return item;
    };
    std::size_t taken = 0;
    CHECK_THROWS_WITH(in_order<std::size_t>(50, 3, fails_at_5, [&](std::size_t, std::size_t) { ++taken; }),
                      "five");
    CHECK(taken == 5);
    CHECK_THROWS_WITH(in_order<int>(
                          50, 3, [](std::size_t) { return 0; },
                          [](std::size_t, int) { throw std::runtime_error("taker"); }),
                      "taker");
}

TEST_CASE("no items are no work", "[threads]") {
    in_order<int>(
        0, 2, [](std::size_t) { return 0; }, [](std::size_t, int) { FAIL(); });
}
