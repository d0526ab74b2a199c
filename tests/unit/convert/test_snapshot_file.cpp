#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>

#include "convert/snapshot_file.hpp"
#include "support/catch.hpp"
#include "support/memory_source.hpp"

namespace snapq::convert {
namespace {

constexpr std::size_t k_buffer = std::size_t{1} << 20;  // as in read_ahead.cpp

std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 2654435761U) >> 13U);
    return bytes;
}

std::string read_all(ByteSource& source, std::size_t piece) {
    std::string all;
    std::string into(piece, '\0');
    while (const std::size_t got = source.read(into)) all.append(into, 0, got);
    return all;
}

// Returns `good` bytes, then always fails.
class FailingSource : public ByteSource {
public:
    explicit FailingSource(std::size_t good) : m_good(good) {}

    std::size_t read(std::span<char> into) override {
        if (m_given == m_good) throw std::runtime_error("the disk is gone");
        const std::size_t count = std::min(into.size(), m_good - m_given);
        std::memset(into.data(), 'x', count);
        m_given += count;
        return count;
    }
    [[nodiscard]] std::uint64_t consumed() const override { return m_given; }

private:
    std::size_t m_good;
    std::size_t m_given = 0;
};

// Counts the bytes that were read from it.
class EndlessSource : public ByteSource {
public:
    std::size_t read(std::span<char> into) override {
        std::memset(into.data(), 'x', into.size());
        m_given += into.size();
        return into.size();
    }
    [[nodiscard]] std::uint64_t consumed() const override { return m_given; }

private:
    std::uint64_t m_given = 0;
};

}  // namespace

TEST_CASE("reading ahead returns the same bytes for all sizes", "[threads]") {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, k_buffer - 1, k_buffer, k_buffer + 1,
                                   2 * k_buffer, 3 * k_buffer, 3 * k_buffer + 77}) {
        const std::string bytes = pattern(size);
        for (const std::size_t source_piece : {std::size_t{4099}, k_buffer, 3 * k_buffer}) {
            for (const std::size_t piece : {std::size_t{1021}, k_buffer, 2 * k_buffer}) {
                tests::MemorySource source(bytes, source_piece);
                ReadAhead ahead(source);
                CHECK(read_all(ahead, piece) == bytes);
            }
        }
    }
}

TEST_CASE("reading at the end returns nothing, again and again", "[threads]") {
    tests::MemorySource source(pattern(10));
    ReadAhead ahead(source);
    std::string into(100, '\0');
    CHECK(ahead.read(into) == 10);
    CHECK(ahead.read(into) == 0);
    CHECK(ahead.read(into) == 0);
}

TEST_CASE("short reads of the source are joined", "[threads]") {
    tests::MemorySource source(pattern(5000), 3);
    ReadAhead ahead(source);
    std::string into(5000, '\0');
    CHECK(ahead.read(into) == 5000);
}

TEST_CASE("a failure comes after all bytes that were read before it, and comes again", "[threads]") {
    for (const std::size_t good : {std::size_t{0}, std::size_t{100}, k_buffer, 2 * k_buffer + 5}) {
        FailingSource source(good);
        ReadAhead ahead(source);
        std::string into(70'001, '\0');
        std::size_t got = 0;
        while (got < good) got += ahead.read(into);
        CHECK(got == good);
        CHECK_THROWS_WITH(ahead.read(into), "the disk is gone");
        CHECK_THROWS_WITH(ahead.read(into), "the disk is gone");
    }
}

TEST_CASE("no more than two buffers are read ahead", "[threads]") {
    EndlessSource source;
    std::string into(10, '\0');
    {
        ReadAhead ahead(source);
        for (int i = 0; i < 1000 && ahead.consumed() < 2 * k_buffer; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        CHECK(ahead.read(into) == 10);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        CHECK(ahead.consumed() == 2 * k_buffer);
    }  // the thread is waiting for a free buffer and has to end
    CHECK(source.consumed() == 2 * k_buffer);
}

TEST_CASE("the destructor does not wait for the end of the source", "[threads]") {
    EndlessSource source;
    { const ReadAhead ahead(source); }
    CHECK(source.consumed() <= 2 * k_buffer);
}

}  // namespace snapq::convert
