#include "render/row_writer.hpp"

#include <cstdint>
#include <limits>

#include "support/catch.hpp"

using namespace snapq;
using namespace snapq::render;
using report::Blob;
using report::Cell;

namespace {

class StringSink final : public ByteSink {
public:
    void write(std::string_view bytes) override { text += bytes; }
    std::string text;
};

using Rows = std::vector<std::vector<Cell>>;

std::string written(const RowOptions& options, const std::vector<std::string>& columns, const Rows& rows) {
    StringSink sink;
    const auto writer = make_row_writer(options, sink);
    writer->begin(columns);
    for (const auto& row : rows) writer->row(row);
    writer->end();
    return sink.text;
}

RowOptions in(RowFormat format) {
    RowOptions options;
    options.format = format;
    return options;
}

Cell text(std::string_view value) {
    return value;
}
Cell number(std::int64_t value) {
    return value;
}

}  // namespace

TEST_CASE("Every format is found by its name") {
    for (const std::string& name : row_format_names()) {
        const auto format = row_format_named(name);
        REQUIRE(format);
        CHECK(name_of(*format) == name);
    }
    CHECK_FALSE(row_format_named("xml"));
}

TEST_CASE("CSV quotes as in RFC 4180, and empty text differs from NULL") {
    CHECK(written(in(RowFormat::csv), {"a", "b,c"}, {{text("x\"y"), Cell()}, {text(""), number(-1)}}) ==
          "a,\"b,c\"\n\"x\"\"y\",\n\"\",-1\n");
    CHECK(written(in(RowFormat::csv), {"a"}, {{Cell()}}) == "a\n\"\"\n");
    CHECK(written(in(RowFormat::csv), {"a"}, {{Blob{"\x01\xff"}}}) == "a\n01FF\n");
}

TEST_CASE("TSV escapes separators") {
    CHECK(written(in(RowFormat::tsv), {"a", "b"}, {{text("x\ty\nz"), text("c:\\dir\r")}}) ==
          "a\tb\nx\\ty\\nz\tc:\\\\dir\\r\n");
}

TEST_CASE("JSON is valid for any bytes and keeps every value") {
    CHECK(written(in(RowFormat::json), {"k", "k"}, {{text("\xff\n"), number(INT64_MIN)}, {Cell(), 0.1}}) ==
          "[{\"k\":\"\xef\xbf\xbd\\n\",\"k:2\":-9223372036854775808},\n {\"k\":null,\"k:2\":0.1}]\n");
    CHECK(written(in(RowFormat::json), {"k"}, {}) == "[]\n");
    CHECK(written(in(RowFormat::jsonl), {"k"}, {{number(1)}, {2.0}}) == "{\"k\":1}\n{\"k\":2.0}\n");
    CHECK(written(in(RowFormat::jsonl), {"k"}, {{std::numeric_limits<double>::infinity()}}) ==
          "{\"k\":null}\n");
}

TEST_CASE("Markup in Markdown cells is escaped") {
    CHECK(written(in(RowFormat::markdown), {"a|b", "n"},
                  {{text("__init__ snake_case <x> `y`\n|"), number(3)}}) ==
          "| a\\|b | n |\n|---|---:|\n| \\_\\_init\\_\\_ snake_case &lt;x&gt; \\`y\\`<br>\\| | 3 |\n");
    CHECK(written(in(RowFormat::markdown), {"a"}, {{text(" x\x1b")}}) == "| a |\n|---|\n| &#32;x\\\\x1b |\n");
}

TEST_CASE("The line format names each value and aligns the lines of a stack") {
    CHECK(written(in(RowFormat::line), {"id", "stack"}, {{number(1), text("f\ng")}, {number(2), Cell()}}) ==
          "   id = 1\nstack = f\n        g\n\n   id = 2\nstack = \n");
}

TEST_CASE("Tables align by type and show NULL as the given text") {
    RowOptions options = in(RowFormat::table);
    options.null_text = "-";
    CHECK(written(options, {"n", "t"}, {{number(5), text("a")}, {number(1000), Cell()}}) ==
          "   n  t\n----  -\n   5  a\n1000  -\n");
    options.header = false;
    CHECK(written(options, {"long title", "t"}, {{number(5), text("a")}}) == "5  a\n");
    options.max_width = 4;
    CHECK(written(options, {"t"}, {{text("abcdefgh")}}) == "abc…\n");
}

TEST_CASE("Widths come from the first thousand rows, later ones overflow") {
    StringSink sink;
    const auto writer = make_row_writer(in(RowFormat::table), sink);
    writer->begin({"a", "b"});
    const std::vector<Cell> row{number(1), text("x")};
    for (int i = 0; i < 999; ++i) writer->row(row);
    CHECK(sink.text.empty());
    writer->row(row);
    CHECK(sink.text.size() > 1000 * 5);
    const std::size_t before = sink.text.size();
    writer->row(std::vector<Cell>{number(1234567), text("y")});
    CHECK(sink.text.substr(before) == "1234567  y\n");
    writer->end();
}

TEST_CASE("One long cell does not make all rows as long") {
    const std::string name(1'000'000, 'x');
    Rows rows(1'000, {text("short"), Cell(std::int64_t{1})});
    for (const std::size_t place : {std::size_t{0}, std::size_t{500}, std::size_t{999}}) {
        Rows some = rows;
        some[place][0] = text(name);
        for (const RowFormat format : {RowFormat::table, RowFormat::box}) {
            const std::string table = written(in(format), {"name", "number"}, some);
            CHECK(table.find(name) != std::string::npos);
            // 1,000 rows of 1,000 columns, and the lines of a box.
            CHECK(table.size() < 2 * name.size() + 100'000);
        }
    }
}

TEST_CASE("Very large rows are not kept in memory to measure widths") {
    StringSink sink;
    const auto writer = make_row_writer(in(RowFormat::box), sink);
    writer->begin({"a"});
    const std::string large(std::size_t{1} << 20, 'x');
    writer->row(std::vector<Cell>{text(large)});
    CHECK(sink.text.size() > large.size());
}

TEST_CASE("A writer can begin again") {
    StringSink sink;
    const auto writer = make_row_writer(in(RowFormat::json), sink);
    for (int i = 0; i < 2; ++i) {
        writer->begin({"a"});
        writer->row(std::vector<Cell>{number(i)});
        writer->end();
    }
    CHECK(sink.text == "[{\"a\":0}]\n[{\"a\":1}]\n");
}
