#include "commands/reference/manual_page.hpp"
#include "support/catch.hpp"

namespace snapq::commands {

TEST_CASE("roff escapes what a page would show as something else") {
    CHECK(roff("plain text, 100 %") == "plain text, 100 %");
    CHECK(roff("--max-peak") == "\\-\\-max\\-peak");
    CHECK(roff("a\\b") == "a\\(rsb");
    CHECK(roff("'x' \"y\" `z` ^ ~") == "\\(aqx\\(aq \\(dqy\\(dq \\(gaz\\(ga \\(ha \\(ti");
    CHECK(roff("{'rank0': …} → 2") == "{\\(aqrank0\\(aq: \\[u2026]} \\[u2192] 2");
    CHECK(roff("\xf0\x9f\x98\x80") == "\\[u1F600]");
    CHECK(roff("\xff") == "\\[uFFFD]");
}

TEST_CASE("no line of roff is a request") {
    CHECK(roff(".schema") == "\\&.schema");
    CHECK(roff("a\n.b\n'c") == "a\n\\&.b\n\\(aqc");
    CHECK(roff("a.b") == "a.b");
    CHECK(roff("").empty());
}

}  // namespace snapq::commands
