#include "parquet/hybrid.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"

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
