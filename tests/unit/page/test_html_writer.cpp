#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>

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

namespace {

std::string varint(std::uint64_t value) {
    std::string bytes;
    append_varint(bytes, value);
    return bytes;
}

// The varints of a column of these values.
std::vector<std::uint64_t> written(Coding coding, const std::vector<std::int64_t>& values) {
    tests::TextSink sink;
    HtmlWriter page(sink);
    Column column("c0-0-start", coding);
    for (const std::int64_t value : values) column.add(value);
    const ColumnInfo info = column.write_to(page);
    const auto raw = tests::block_in(sink.text, info.id);
    REQUIRE(raw.has_value());
    CHECK(info.count == static_cast<std::int64_t>(values.size()));
    CHECK(info.raw_bytes == static_cast<std::int64_t>(raw->size()));
    return tests::varints_in(*raw);
}

}  // namespace

TEST_CASE("varints have seven bits a byte, the lowest first") {
    CHECK(varint(0) == std::string(1, '\0'));
    CHECK(varint(127) == "\x7f");
    CHECK(varint(128) == "\x80\x01");
    CHECK(varint(300) == "\xac\x02");
    CHECK(varint(std::numeric_limits<std::uint64_t>::max()) == "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

TEST_CASE("zigzag numbers small values of both signs first") {
    CHECK(zigzag(0) == 0);
    CHECK(zigzag(-1) == 1);
    CHECK(zigzag(1) == 2);
    CHECK(zigzag(std::numeric_limits<std::int64_t>::max()) == std::numeric_limits<std::uint64_t>::max() - 1);
    CHECK(zigzag(std::numeric_limits<std::int64_t>::min()) == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("A plain column has the values") {
    CHECK(written(Coding::plain, {5, 0, 300}) == std::vector<std::uint64_t>{5, 0, 300});
    CHECK(written(Coding::plain, {}).empty());
}

TEST_CASE("A delta column has the differences, also across the whole range of numbers") {
    CHECK(written(Coding::delta, {-1, 3, 3, 2}) == std::vector<std::uint64_t>{1, 8, 0, 1});
    const std::int64_t least = std::numeric_limits<std::int64_t>::min();
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    // The difference overflows and is -1 modulo 2^64.
    CHECK(written(Coding::delta, {least, most}) ==
          std::vector<std::uint64_t>{std::numeric_limits<std::uint64_t>::max(), 1});
}

TEST_CASE("A long column is compressed in portions") {
    std::vector<std::int64_t> values;
    for (std::int64_t i = 0; i < 100'000; ++i) values.push_back(i * i % 70'001);
    const std::vector<std::uint64_t> found = written(Coding::plain, values);
    CHECK(std::equal(found.begin(), found.end(), values.begin(), values.end(),
                     [](std::uint64_t one, std::int64_t other) { return std::int64_t(one) == other; }));
}

}  // namespace snapq::page
