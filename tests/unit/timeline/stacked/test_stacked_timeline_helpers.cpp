#include <fmt/format.h>

#include <limits>

#include "support/catch.hpp"
#include "timeline/stacked/closes.hpp"
#include "timeline/stacked/decimal.hpp"
#include "timeline/stacked/fenwick.hpp"
#include "timeline/stacked/thinning.hpp"
#include "unit/timeline/stacked/stacked_timeline_fixture.hpp"

namespace snapq::timeline::tests {
namespace {

std::string decimal(std::int64_t number) {
    char text[k_decimal_room];
    char* end = append_decimal(text, number);
    CHECK(*end == ',');
    return {text, end};
}

}  // namespace

TEST_CASE("Decimal text is what fmt writes, at every length") {
    std::int64_t power = 1;
    for (int digits = 1; digits <= 19; ++digits) {
        for (const std::int64_t number : {power, power - 1, power + 1, power * 7 + power / 3}) {
            CHECK(decimal(number) == fmt::to_string(number));
            CHECK(decimal(-number) == fmt::to_string(-number));
        }
        if (digits < 19) power *= 10;
    }
    CHECK(decimal(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
    CHECK(decimal(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    Random random(7);
    for (int n = 0; n < 20'000; ++n) {
        const auto number = static_cast<std::int64_t>(random.word() >> (n % 64));
        REQUIRE(decimal(number) == fmt::to_string(number));
    }
}

TEST_CASE("Steps are written with their comma, in any order") {
    StepText steps;
    for (const std::uint32_t step : {0U, 999U, 1000U, 1001U, 1999U, 2000U, 999'999U, 1'000'000U, 12U,
                                     1'000'003U, 4'294'967'295U, 4'294'967'000U, 1000U}) {
        char text[k_decimal_room];
        char* end = steps.append(text, step);
        CHECK(std::string(text, end) == fmt::format("{},", step));
    }
}

TEST_CASE("The close tree finds the same closes as a scan") {
    Random random(11);
    for (const std::uint32_t count : {0U, 1U, 15U, 16U, 17U, 255U, 256U, 257U, 5000U}) {
        BlockVector<std::uint32_t> closes;
        for (std::uint32_t n = 0; n < count; ++n) {
            closes.push_back(n % 7 == 0 ? 0xfffffffeU - random.below(100)
                                        : 0x7fffffffU + random.below(count * 4));
        }
        const CloseTree tree(closes);
        for (int round = 0; round < 300; ++round) {
            const std::uint32_t limit =
                round % 10 == 0 ? 0xfffffffeU : 0x7ffffff0U + random.below(count * 4 + 40);
            const std::uint32_t first = random.below(count + 1);
            CloseTree::Cursor cursor(tree, first, limit);
            for (std::uint32_t close = first; close < count; ++close) {
                if (closes[close] <= limit) REQUIRE(cursor.next() == close);
            }
            REQUIRE(cursor.next() >= count);
            REQUIRE(cursor.next() >= count);
        }
    }
}

TEST_CASE("A rank set counts its members below a number") {
    RankSet set(1000);
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t n = 0; n < 1000; n += 3) numbers.push_back(n);
    Random(3).shuffle(numbers);
    for (const std::uint32_t number : numbers) {
        CHECK(!set.contains(number));
        set.insert(number);
        CHECK(set.contains(number));
    }
    for (std::uint32_t n = 0; n < 1000; ++n) CHECK(set.below(n) == (n + 2) / 3);
}

TEST_CASE("Windows have at least two closes, and are as many as the limit allows, up to a factor") {
    for (std::uint64_t begin = 0; begin < 40; ++begin) {
        for (std::uint64_t end = begin + 2; end < begin + 300; end += 7) {
            for (const std::uint64_t most : {1U, 2U, 3U, 10U, 64U}) {
                const WindowPlan plan = plan_windows(begin, end, most);
                REQUIRE(plan.windows >= 1);
                REQUIRE(plan.windows <= most);
                if (plan.windows == 1) continue;
                REQUIRE(plan.border(plan.first_border) >= begin + 2);
                REQUIRE(plan.border(plan.last_border) + 2 <= end);
                REQUIRE(plan.last_border - plan.first_border + 2 == plan.windows);
                // Windows of half the length would be too many, unless these are the shortest ones.
                const std::uint64_t half = std::uint64_t{1} << (plan.level - 1);
                if (plan.level > 1) REQUIRE((end - 2) / half - (begin + 2 + half - 1) / half + 2 > most);
            }
        }
    }
}

}  // namespace snapq::timeline::tests
