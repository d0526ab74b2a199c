#include "commands/shell/words.hpp"
#include "support/catch.hpp"

using namespace snapq::commands;

namespace {

using Candidates = std::vector<std::string>;

const Vocabulary k_vocabulary{{{"devices", {"device", "peak_event"}},
                               {"stacks", {"stack_id", "site"}},
                               {"base.stacks", {"stack_id", "old_site"}}},
                              {"SELECT", "SET", "sum("}};

Candidates candidates(std::string_view line) {
    return complete(line, k_vocabulary).candidates;
}

}  // namespace

TEST_CASE("Keywords follow the case that was typed") {
    CHECK(candidates("sel") == Candidates{"select"});
    CHECK(candidates("SEL") == Candidates{"SELECT"});
    CHECK(candidates("SELECT su") == Candidates{"sum("});
}

TEST_CASE("Tables and columns are offered together") {
    CHECK(candidates("SELECT dev") == Candidates{"device", "devices"});
    CHECK(candidates("SELECT x FROM st") == Candidates{"stack_id", "stacks"});
    CHECK(complete("SELECT dev", k_vocabulary).typed == 3);
}

TEST_CASE("After a table's name and a dot, only its columns are offered") {
    CHECK(candidates("SELECT devices.p") == Candidates{"peak_event"});
    CHECK(candidates("SELECT stacks.") == Candidates{"site", "stack_id"});
}

TEST_CASE("After an alias or an attached archive, all tables and columns are offered") {
    CHECK(candidates("SELECT d.peak") == Candidates{"peak_event"});
    CHECK(candidates("SELECT * FROM base.stacks") == Candidates{"stacks"});
}

TEST_CASE("Without typed text, nothing is offered") {
    CHECK(candidates("SELECT ").empty());
    CHECK(candidates("").empty());
}

TEST_CASE("Names with control characters are not offered") {
    const Vocabulary hostile{{{"zz\x1b[2J", {"zy\x9b"}}, {"zx", {}}}, {}};
    CHECK(complete("SELECT z", hostile).candidates == Candidates{"zx"});
    CHECK(complete(".schema z", hostile).candidates == Candidates{"zx"});
}

TEST_CASE("Dot commands and their arguments are offered") {
    CHECK(candidates(".ta") == Candidates{".tables"});
    CHECK(candidates(".mode js") == Candidates{"json", "jsonl"});
    CHECK(candidates(".timer o") == Candidates{"off", "on"});
    CHECK(candidates(".schema dev") == Candidates{"devices"});
    CHECK(candidates(".named top-si") == Candidates{"top-sites"});
    CHECK(candidates(".quit x").empty());
}

TEST_CASE("The common beginning of all candidates is inserted") {
    CHECK(common_beginning({"device", "devices"}) == "device");
    CHECK(common_beginning({"SELECT", "set"}) == "SE");
    CHECK(common_beginning({"one"}) == "one");
    CHECK(common_beginning({}).empty());
}
