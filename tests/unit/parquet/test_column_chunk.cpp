#include "parquet/column_chunk.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "support/catch.hpp"

using namespace std::string_literals;
using namespace snapq::parquet;

namespace {

std::string plain(std::int64_t value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

}  // namespace

TEST_CASE("Values that repeat have a dictionary, others do not") {
    ColumnChunk repeating(Type::text);
    ColumnChunk different(Type::integer);
    for (std::int64_t i = 0; i < 1000; ++i) {
        repeating.add(i % 2 == 0 ? std::string_view("model.py:38 forward")
                                 : std::string_view("train.py:91 step"));
        different.add(i * 1'000'003);
    }
    const EncodedChunk small = repeating.take();
    CHECK(small.values == 1000);
    CHECK(small.data_page.has_value());
    CHECK(small.bytes.size() < 300);
    const EncodedChunk large = different.take();
    CHECK_FALSE(large.data_page.has_value());
    CHECK(large.uncompressed_bytes > 8000);
}

TEST_CASE("A dictionary that grows too large is given up") {
    ColumnChunk chunk(Type::text);
    const std::string filler(1000, 'x');
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 2000; ++i) chunk.add(std::string_view(std::to_string(i) + filler));
    }
    const EncodedChunk encoded = chunk.take();
    CHECK_FALSE(encoded.data_page.has_value());
    CHECK(encoded.values == 4000);
    CHECK(encoded.uncompressed_bytes > 4'000'000);
}

TEST_CASE("A dictionary of long values that repeat is kept") {
    ColumnChunk chunk(Type::text);
    const std::string filler(600'000, 'x');
    for (int i = 0; i < 1000; ++i) chunk.add(std::string_view(filler));
    for (const char* more : {"y", "z"}) chunk.add(std::string_view(filler + more));
    CHECK(chunk.size() < 5'000'000);
    const EncodedChunk encoded = chunk.take();
    CHECK(encoded.data_page.has_value());
    CHECK(encoded.values == 1002);
    CHECK(encoded.uncompressed_bytes < 2'000'000);
}

TEST_CASE("Statistics have the smallest and largest value in the order of the type") {
    ColumnChunk integers(Type::integer);
    for (const std::int64_t value : {std::int64_t{3}, std::numeric_limits<std::int64_t>::min(),
                                     std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
        integers.add(value);
    }
    integers.add_null();
    const Statistics of_integers = integers.take().statistics;
    CHECK(of_integers.nulls == 1);
    CHECK(of_integers.least == plain(std::numeric_limits<std::int64_t>::min()));
    CHECK(of_integers.largest == plain(std::numeric_limits<std::int64_t>::max()));

    ColumnChunk reals(Type::real);
    for (const double value : {1.5, std::nan(""), -2.5}) reals.add(value);
    const Statistics of_reals = reals.take().statistics;
    CHECK(of_reals.least == "\x00\x00\x00\x00\x00\x00\x04\xc0"s);
    CHECK(of_reals.largest == "\x00\x00\x00\x00\x00\x00\xf8\x3f"s);

    ColumnChunk texts(Type::text);
    for (const std::string_view value : {"b", "\xc3\xa9", "a"}) texts.add(value);
    const Statistics of_texts = texts.take().statistics;
    CHECK(of_texts.least == "a");
    CHECK(of_texts.largest == "\xc3\xa9");
}

TEST_CASE("There are no statistics of long texts, nor of NULLs alone") {
    ColumnChunk texts(Type::text);
    texts.add(std::string_view("short"));
    texts.add(std::string_view(std::string(65, 'x')));
    const Statistics of_texts = texts.take().statistics;
    CHECK_FALSE(of_texts.least.has_value());
    CHECK_FALSE(of_texts.largest.has_value());

    ColumnChunk nulls(Type::integer);
    for (int i = 0; i < 3; ++i) nulls.add_null();
    const EncodedChunk encoded = nulls.take();
    CHECK(encoded.values == 3);
    CHECK(encoded.statistics.nulls == 3);
    CHECK_FALSE(encoded.statistics.least.has_value());
}

TEST_CASE("A chunk is empty after it was taken") {
    ColumnChunk chunk(Type::integer);
    chunk.add(std::int64_t{1});
    CHECK(chunk.size() > 0);
    (void)chunk.take();
    CHECK(chunk.size() == 0);
    CHECK(chunk.take().values == 0);
}
