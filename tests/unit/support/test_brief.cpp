#include "snapq/support/brief.hpp"

#include "snapq/support/utf8.hpp"
#include "support/catch.hpp"

namespace snapq {
namespace {

TEST_CASE("a name that people wrote stays as it is") {
    CHECK(brief("").empty());
    CHECK(brief("/home/ada/model.py") == "/home/ada/model.py");
    CHECK(brief(std::string(k_longest_brief, 'x')) == std::string(k_longest_brief, 'x'));
}

TEST_CASE("of a longer one both ends stay, and what tells it from others") {
    const std::string text = "/begin/" + std::string(1'000'000, 'x') + "/end.py";
    const std::string shown = brief(text);
    CHECK(shown.size() <= k_longest_brief);
    CHECK(shown.starts_with("/begin/xx"));
    CHECK(shown.ends_with("xx/end.py"));
    CHECK(shown.find("…[1000014 bytes, ") != std::string::npos);
    CHECK(shown == brief(text));
    std::string other = text;
    other[500'000] = 'y';
    CHECK(shown != brief(other));
}

TEST_CASE("no character is cut") {
    for (std::size_t shift = 0; shift < 4; ++shift) {
        std::string text(shift, 'x');
        while (text.size() < 5000) text += "\U0001F600é";
        CHECK(is_valid_utf8(brief(text)));
    }
    CHECK(brief(std::string(5000, '\x80')).size() <= k_longest_brief);
}

}  // namespace
}  // namespace snapq
