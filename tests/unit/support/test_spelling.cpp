#include "support/spelling.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace snapq;

TEST_CASE("the intended word is found for a typo") {
    const std::vector<std::string> words{"--max-peak", "--max-end", "--top", "summary"};
    CHECK(nearest_word("--max-peek", words) == "--max-peak");
    CHECK(nearest_word("--max-pea", words) == "--max-peak");
    CHECK(nearest_word("--tpo", words).empty());  // two of five letters
    CHECK(nearest_word("--topp", words) == "--top");
    CHECK(nearest_word("sumary", words) == "summary");
}

TEST_CASE("no word is found when none is similar") {
    const std::vector<std::string> words{"--max-peak"};
    CHECK(nearest_word("--frobnicate", words).empty());
    CHECK(nearest_word("", words).empty());
    CHECK(nearest_word("--max-peak", std::vector<std::string>{}).empty());
}
