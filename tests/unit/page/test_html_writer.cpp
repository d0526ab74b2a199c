#include <catch2/catch.hpp>

#include "json/writer.hpp"
#include "page/html_writer.hpp"
#include "support/page_reader.hpp"

namespace snapq::page {

// The examples of RFC 4648.
TEST_CASE("base64 is that of RFC 4648") {
    CHECK(base64("").empty());
    CHECK(base64("f") == "Zg==");
    CHECK(base64("fo") == "Zm8=");
    CHECK(base64("foo") == "Zm9v");
    CHECK(base64("foob") == "Zm9vYg==");
    CHECK(base64("fooba") == "Zm9vYmE=");
    CHECK(base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("base64 keeps all bytes") {
    std::string bytes;
    for (int i = 0; i < 1000; ++i) bytes += static_cast<char>(i * 7 + i / 256);
    CHECK(tests::from_base64(base64(bytes)) == bytes);
    CHECK(base64(bytes).size() == base64_length(bytes.size()));
}

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
