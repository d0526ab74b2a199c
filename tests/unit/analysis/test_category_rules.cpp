#include "analysis/category_rules.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::analysis;
using Catch::Contains;
using Catch::StartsWith;

namespace {

std::string error_of(const std::string& text) {
    try {
        const CategoryRules rules("rules.txt", text);
        return "";
    } catch (const UsageError& error) {
        return error.what();
    }
}

}  // namespace

TEST_CASE("a rule is a category, what to look at, and the rest of the line") {
    const CategoryRules rules(
        "rules.txt",
        "\xef\xbb\xbf# comment\n\n  attention   frame  flash attn \r\nbig size >=1MiB <64 MiB\n"
        "kv_cache site cache_engine\\.py\nattention op ^bmm$");
    REQUIRE(rules.all().size() == 4);
    CHECK(rules.all()[0].category == "attention");
    CHECK(rules.all()[0].subject == RuleSubject::frame);
    CHECK(rules.all()[0].line == 3);
    CHECK(rules.all()[0].matches("/job/a.py:7 flash attn_fwd"));
    CHECK_FALSE(rules.all()[0].matches("/job/a.py:7 flash"));
    CHECK(rules.all()[1].size_condition == "size >= 1048576 AND size < 67108864");
    CHECK_FALSE(rules.all()[1].matches("anything"));
    CHECK(rules.categories() == std::vector<std::string>{"attention", "big", "kv_cache"});
    CHECK(rules.any_looks_at(RuleSubject::op));
    CHECK_FALSE(rules.any_looks_at(RuleSubject::stream));
    CHECK(rules.matching(RuleSubject::op, "bmm") == std::vector<bool>{false, false, false, true});
    CHECK(rules.matching(RuleSubject::op, "baddbmm") == std::vector<bool>(4));
    CHECK(rules.matching(RuleSubject::site, "/v/cache_engine.py:3 f") ==
          std::vector<bool>{false, false, true, false});
}

TEST_CASE("a line that is no rule is named with what is wrong") {
    CHECK(error_of("a site x\n\nb sight y") ==
          "rules.txt:3: 'sight' is nothing that a rule can look at; expected one of site, frame, op, phase, "
          "metadata, stream, size");
    CHECK(error_of("alone") == "rules.txt:1: the rule for 'alone' does not say what to look at");
    CHECK(error_of("a op") == "rules.txt:1: the rule for 'a' has no pattern");
    CHECK(error_of("a=b op x") ==
          "rules.txt:1: 'a=b' cannot be the name of a category; a name has at most 100 characters: letters, "
          "digits and _ - . /");
    CHECK(error_of("a op (x") == "rules.txt:1: '(x' is no regular expression: missing ): (x");
    for (const char* size : {"64MiB", ">=", ">=x", "=>5", ">=1MiB, <2MiB", "==5"}) {
        CHECK(error_of(std::string("a size ") + size) ==
              "rules.txt:1: '" + std::string(size) +
                  "' is no comparison of sizes (examples: >=64MiB, >=1MiB <64MiB)");
    }
    std::string comparisons = "a size";
    for (int i = 0; i < 9; ++i) comparisons += " <9";
    CHECK(error_of(comparisons) == "rules.txt:1: there are more than 8 comparisons");
    CHECK(error_of("# nothing\n") == "rules.txt: there are no rules in it");
    std::string many;
    for (int i = 0; i < 201; ++i) many += "a op x\n";
    CHECK(error_of(many) == "rules.txt:201: there are more than 200 rules");
}

TEST_CASE("messages about very long rules are short") {
    const std::string tall(100'000, 'x');
    for (const std::string& line : {tall + " op x", "a " + tall + " x", "a op (" + tall, "a size " + tall}) {
        CHECK_THAT(error_of(line), StartsWith("rules.txt:1: "));
        CHECK(error_of(line).size() < 3000);
    }
}

TEST_CASE("all patterns together have a limit of memory") {
    const std::string pattern = "a op (?:x.y.z){900}\n";
    CHECK(error_of(pattern).empty());
    std::string many;
    for (int i = 0; i < 200; ++i) many += pattern;
    CHECK_THAT(error_of(many), Contains("pattern too large"));
}

TEST_CASE("rules that were not used are named") {
    const CategoryRules rules("rules.txt", "a op x\nb op y\n");
    std::vector<bool> used;
    CHECK(rules.remarks_on_unused(used, "live at the peak").size() == 2);
    merge_matches(used, {false, true});
    CHECK(rules.remarks_on_unused(used, "live at the peak") ==
          std::vector<std::string>{
              "rules.txt:1: the rule for a was not used for any allocation that is live at the peak"});
}
