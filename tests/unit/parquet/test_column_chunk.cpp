#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "parquet/column_chunk.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"

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

TEST_CASE("A text that is known by its key is added like the text itself") {
    ColumnChunk by_text(Type::text);
    ColumnChunk by_key(Type::text);
    const std::vector<std::string> texts{"forward", "backward", ""};
    for (std::int64_t i = 0; i < 5000; ++i) {
        const std::int64_t key = i * 7 % 3;
        const std::string_view text = texts[static_cast<std::size_t>(key)];
        by_text.add(text);
        CHECK(by_key.add_known(key) == (i >= 3));
        if (i < 3) by_key.add(text, key);
    }
    CHECK(by_key.size() < by_text.size() + 200);
    CHECK(by_key.take().bytes == by_text.take().bytes);
    CHECK_FALSE(by_key.add_known(0));  // not in the row group that follows
}

TEST_CASE("A key is not known after it was forgotten, or without a dictionary") {
    ColumnChunk chunk(Type::text);
    chunk.add(std::string_view("forward"), 1);
    chunk.forget_keys();
    CHECK_FALSE(chunk.add_known(1));
    for (std::int64_t i = 0; i < 5000; ++i) chunk.add(std::string_view(std::to_string(i)), i);
    CHECK_FALSE(chunk.add_known(4999));
    const EncodedChunk encoded = chunk.take();
    CHECK_FALSE(encoded.data_page.has_value());
    CHECK(encoded.values == 5001);
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

using namespace snapq;
using namespace snapq::parquet;

namespace {

// Reads what append_hybrid writes, as the specification describes it.
class HybridReader {
public:
    HybridReader(std::string bytes, unsigned width) : m_bytes(std::move(bytes)), m_width(width) {}

    std::vector<std::uint32_t> read() {
        while (m_at < m_bytes.size()) {
            const std::uint64_t header = varint();
            if ((header & 1U) == 1) {
                read_packed(header >> 1U);
            } else {
                m_values.insert(m_values.end(), header >> 1U, number((m_width + 7) / 8));
                ++m_runs;
            }
        }
        return m_values;
    }
    [[nodiscard]] int runs() const { return m_runs; }

private:
    std::uint8_t byte() { return static_cast<std::uint8_t>(m_bytes.at(m_at++)); }

    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0;; shift += 7) {
            const std::uint8_t next = byte();
            value |= std::uint64_t{next & 0x7fU} << shift;
            if (next < 0x80) return value;
        }
    }

    std::uint32_t number(std::size_t size) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < size; ++i) value |= std::uint32_t{byte()} << (8 * i);
        return value;
    }

    void read_packed(std::uint64_t groups) {
        std::vector<bool> bits;
        for (std::size_t i = 0; i < groups * m_width; ++i) {
            const std::uint8_t next = byte();
            for (unsigned bit = 0; bit < 8; ++bit) bits.push_back((next >> bit & 1U) != 0);
        }
        for (std::size_t i = 0; i < groups * 8; ++i) {
            std::uint32_t value = 0;
            for (unsigned bit = 0; bit < m_width; ++bit)
                value |= std::uint32_t{bits[i * m_width + bit]} << bit;
            m_values.push_back(value);
        }
    }

    std::string m_bytes;
    unsigned m_width;
    std::size_t m_at = 0;
    int m_runs = 0;
    std::vector<std::uint32_t> m_values;
};

std::vector<std::uint32_t> round_trip(const std::vector<std::uint32_t>& values, unsigned width) {
    std::string bytes;
    append_hybrid(bytes, values, width);
    std::vector<std::uint32_t> read = HybridReader(bytes, width).read();
    REQUIRE(read.size() >= values.size());
    CHECK(read.size() < values.size() + 8);
    for (std::size_t i = values.size(); i < read.size(); ++i) CHECK(read[i] == 0);
    read.resize(values.size());
    return read;
}

}  // namespace

TEST_CASE("The width of a number is at least one bit") {
    CHECK(bit_width(0) == 1);
    CHECK(bit_width(1) == 1);
    CHECK(bit_width(2) == 2);
    CHECK(bit_width(255) == 8);
    CHECK(bit_width(256) == 9);
    CHECK(bit_width(0xffffffff) == 32);
}

TEST_CASE("Equal values are a run, others are packed") {
    std::string bytes;
    append_hybrid(bytes, std::vector<std::uint32_t>(100, 5), 3);
    CHECK(bytes == std::string("\xc8\x01\x05"));  // 100 << 1, then the value
    bytes.clear();
    // The example of the specification.
    append_hybrid(bytes, std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7}, 3);
    CHECK(bytes == std::string("\x03\x88\xc6\xfa"));
    bytes.clear();
    append_hybrid(bytes, {}, 3);
    CHECK(bytes.empty());
}

TEST_CASE("Values come back from runs and packed groups of every width") {
    tests::Random random(17);
    for (unsigned width = 1; width <= 32; ++width) {
        const std::uint32_t most = width == 32 ? 0xffffffffU : (1U << width) - 1;
        for (int trial = 0; trial < 20; ++trial) {
            std::vector<std::uint32_t> values;
            while (values.size() < 200) {
                const auto value = random.below(most);
                values.insert(values.end(), std::size_t{1} + random.below(20), value);
            }
            CHECK(round_trip(values, width) == values);
        }
    }
}
