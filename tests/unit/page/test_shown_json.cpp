#include <catch2/catch.hpp>

#include "json/writer.hpp"
#include "page/shown_json.hpp"

namespace snapq::page {
namespace {

std::string shown(const std::string& text) {
    const analysis::ShownNames names({.base_names = true});
    std::string json;
    json::JsonWriter(json).begin_object().key("a/b/c.py").value(AnyText(text)).end_object();
    return with_shown_names(json, names);
}

}  // namespace

TEST_CASE("Paths in the texts of JSON are shortened") {
    CHECK(shown("at /home/ada/x.py:7 f") == R"({"c.py":"at x.py:7 f"})");
    CHECK(shown("D:\\job\\train.py") == R"({"c.py":"train.py"})");
}

TEST_CASE("All other texts and everything escaped stay") {
    CHECK(shown("a \"quote\", \\, \n, \t, \x01 and an ü / b") ==
          R"({"c.py":"a \"quote\", \\, \n, \t, \u0001 and an ü / b"})");
    CHECK(shown("forward/backward") == R"({"c.py":"forward/backward"})");
    CHECK(shown("") == R"({"c.py":""})");
}

}  // namespace snapq::page
