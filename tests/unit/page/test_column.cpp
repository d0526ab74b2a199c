#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>

#include "page/column.hpp"
#include "support/page_reader.hpp"

namespace snapq::page {
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
