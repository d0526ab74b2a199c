#include "commands/reference/option_text.hpp"

#include "commands/options/option_values.hpp"
#include "commands/reference/completion_script.hpp"
#include "support/catch.hpp"

namespace snapq::commands {
namespace {

struct Values {
    std::string text = "zip";
    std::vector<std::string> texts;
    bool flag = false;
    std::int64_t number = 0;
};

using Words = std::vector<std::string>;

ValueWords words_named(const std::string& value) {
    OptionText option;
    option.names = {"--option"};
    option.value = value;
    return words_for(option);
}

}  // namespace

TEST_CASE("an option has its names, its value and its default") {
    CLI::App app;
    Values values;
    const OptionText layout = text_of(*app.add_option("-l,--layout", values.text, "Form")
                                           ->check(one_of({"zip", "dir"}))
                                           ->capture_default_str());
    CHECK(layout.names == Words{"-l", "--layout"});
    CHECK(layout.value == "zip|dir");
    CHECK(layout.description == "Form (default: zip)");
    CHECK_FALSE(layout.is_value_optional);
    CHECK_FALSE(layout.is_repeatable);
    CHECK(text_of(*app.add_option("--level", values.number)).value == "N");
    CHECK(text_of(*app.add_option("--label", values.texts)->type_name("KEY=VALUE")).is_repeatable);
}

TEST_CASE("a flag has no value, or one that may be left out") {
    CLI::App app;
    Values values;
    CHECK(text_of(*app.add_flag("-q,--quiet", values.flag)).value.empty());
    const OptionText stats =
        text_of(*app.add_flag("--stats{text}", values.text)->check(one_of({"text", "json"})));
    CHECK(stats.value == "text|json");
    CHECK(stats.is_value_optional);
}

TEST_CASE("the usage shows which arguments may be left out or repeated") {
    CLI::App app;
    Values values;
    app.add_option("INPUT", values.texts)->required();
    app.add_option("SQL", values.text);
    CHECK(usage_of(app) == "[OPTIONS] INPUT... [SQL]");
    CHECK(arguments_of(app).front().names == Words{"INPUT"});
    CHECK(arguments_of(app).front().value.empty());
}

TEST_CASE("words are offered for alternatives, without the placeholders among them") {
    CHECK(words_named("zip|dir").words == Words{"zip", "dir"});
    CHECK(words_named("N|host|all").words == Words{"host", "all"});
    CHECK(words_named("SIZE|PERCENT%").kind == ValueKind::free);
    CHECK(words_named("REGEX").kind == ValueKind::free);
}

TEST_CASE("the name of a value says what is offered") {
    CHECK(words_named("MOMENT").words == Words{"peak", "reserved-peak", "start", "end", "oom"});
    CHECK_THAT(words_named("KEY|tree").words, Catch::VectorContains(std::string("user-frame")));
    CHECK_THAT(words_named("QUERY").words, Catch::VectorContains(std::string("top-sites")));
    CHECK_THAT(words_named("FORMAT").words, Catch::VectorContains(std::string("jsonl")));
    CHECK(words_named("FIGURE[,FIGURE]").kind == ValueKind::word_list);
    CHECK_THAT(words_named("FIGURE[,FIGURE]").words, Catch::VectorContains(std::string("peak_site")));
    CHECK(words_named("FILE").kind == ValueKind::file);
    CHECK(words_named("DIR").kind == ValueKind::directory);
}

}  // namespace snapq::commands
