#include "support/words.hpp"

#include "support/catch.hpp"

using namespace snapq;

TEST_CASE("letters, digits and underscores are characters of a word") {
    for (const char c : {'a', 'Z', '0', '9', '_'}) CHECK(is_word_character(c));
    for (const char c : {' ', '.', '-', '"', '\n', '\0', '\xc3'}) CHECK_FALSE(is_word_character(c));
}

TEST_CASE("lowercase changes the letters A to Z only") {
    CHECK(lowercase("SELECT Size_2 FROM t") == "select size_2 from t");
    CHECK(lowercase("MÜLL") == "mÜll");
    CHECK(lowercase("").empty());
}
