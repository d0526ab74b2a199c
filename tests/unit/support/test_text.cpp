#include <vector>

#include "support/catch.hpp"
#include "support/text.hpp"

namespace snapq {
namespace {

TEST_CASE("a name of usual length is unchanged") {
    CHECK(abbreviate("").empty());
    CHECK(abbreviate("/home/ada/model.py") == "/home/ada/model.py");
    CHECK(abbreviate(std::string(k_longest_abbreviation, 'x')) == std::string(k_longest_abbreviation, 'x'));
}

TEST_CASE("a long name keeps both ends, and different long names stay different") {
    const std::string text = "/begin/" + std::string(1'000'000, 'x') + "/end.py";
    const std::string shown = abbreviate(text);
    CHECK(shown.size() <= k_longest_abbreviation);
    CHECK(shown.starts_with("/begin/xx"));
    CHECK(shown.ends_with("xx/end.py"));
    CHECK(shown.find("…[1000014 bytes, ") != std::string::npos);
    CHECK(shown == abbreviate(text));
    std::string other = text;
    other[500'000] = 'y';
    CHECK(shown != abbreviate(other));
}

TEST_CASE("no UTF-8 character is cut") {
    for (std::size_t shift = 0; shift < 4; ++shift) {
        std::string text(shift, 'x');
        while (text.size() < 5000) text += "\U0001F600é";
        CHECK(is_valid_utf8(abbreviate(text)));
    }
    CHECK(abbreviate(std::string(5000, '\x80')).size() <= k_longest_abbreviation);
}

TEST_CASE("letters, digits and underscores are characters of a word") {
    for (const char c : {'a', 'Z', '0', '9', '_'}) CHECK(is_word_character(c));
    for (const char c : {' ', '.', '-', '"', '\n', '\0', '\xc3'}) CHECK_FALSE(is_word_character(c));
}

TEST_CASE("blanks are removed at both ends of a text, not inside") {
    CHECK(trimmed(" \t10 MiB  ", " \t") == "10 MiB");
    CHECK(trimmed("\t10", " ") == "\t10");
    CHECK(trimmed("  ", " ").empty());
    CHECK(trimmed("", " ").empty());
}

TEST_CASE("lowercase changes the letters A to Z only") {
    CHECK(lowercase("SELECT Size_2 FROM t") == "select size_2 from t");
    CHECK(lowercase("MÜLL") == "mÜll");
    CHECK(lowercase("").empty());
}

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

}  // namespace
}  // namespace snapq
