#include "parquet/writer.hpp"

#include <cstring>
#include <string>

#include "support/catch.hpp"

using namespace snapq;
using namespace snapq::parquet;

// Whether other programs read the files is tested in tests/fleet.

namespace {

class Bytes final : public ByteSink {
public:
    void write(std::string_view bytes) override { text += bytes; }
    std::string text;
};

std::uint32_t footer_size(const std::string& file) {
    std::uint32_t size = 0;
    std::memcpy(&size, file.data() + file.size() - 8, sizeof size);
    return size;
}

}  // namespace

TEST_CASE("A file begins and ends with its magic bytes, and has the size of its footer") {
    Bytes sink;
    Writer writer(sink, {{"a", Type::integer}, {"b", Type::text}}, {"snapq version 1.2.3"});
    writer.add(std::int64_t{7}).add("text").end_row();
    writer.add_null().add_null().end_row();
    writer.finish();
    CHECK(sink.text.starts_with("PAR1"));
    CHECK(sink.text.ends_with("PAR1"));
    REQUIRE(footer_size(sink.text) < sink.text.size());
    const std::string footer = sink.text.substr(sink.text.size() - 8 - footer_size(sink.text));
    CHECK_THAT(footer, Catch::Contains("snapq version 1.2.3"));
}

TEST_CASE("A table without rows has a footer only") {
    Bytes sink;
    Writer writer(sink, {{"a", Type::integer}}, {"snapq"});
    writer.finish();
    CHECK(sink.text.size() == 4 + footer_size(sink.text) + 8);
}

TEST_CASE("Row groups are written when they are large, so memory does not grow with the table") {
    Bytes sink;
    Writer writer(sink, {{"text", Type::text}}, {"snapq"});
    std::string text(std::size_t{1} << 20U, 'x');
    std::size_t written = sink.text.size();
    int groups = 0;
    for (int row = 0; row < 40; ++row) {
        text.replace(0, 2, std::to_string(10 + row));  // no dictionary holds them all
        writer.add(text).end_row();
        if (sink.text.size() > written) ++groups;
        written = sink.text.size();
    }
    CHECK(groups >= 4);
}
