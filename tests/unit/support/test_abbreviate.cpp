#include "support/abbreviate.hpp"

#include "support/catch.hpp"
#include "support/utf8.hpp"

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

}  // namespace
}  // namespace snapq
