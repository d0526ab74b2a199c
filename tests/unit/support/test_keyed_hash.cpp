#include "support/keyed_hash.hpp"

#include <set>
#include <string>

#include "support/catch.hpp"

using namespace snapq;

TEST_CASE("hashes with a known key are those of the reference implementation of SipHash-2-4") {
    const KeyedHash hash(0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL);
    CHECK(hash("") == Hash128{0xe6a825ba047f81a3ULL, 0x930255c71472f66dULL});
    CHECK(hash(std::string(1, '\0')) == Hash128{0x44af996bd8c187daULL, 0x45fc229b11597634ULL});
}

TEST_CASE("texts of all sizes that differ in one byte have different hashes") {
    const KeyedHash hash;
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
    for (std::size_t size = 0; size < 40; ++size) {
        for (std::size_t place = 0; place <= size; ++place) {
            std::string text(size, 'x');
            if (place < size) text[place] = 'y';
            const Hash128 made = hash(text);
            CHECK(made == hash(text));
            CHECK(seen.insert({made.low, made.high}).second);
        }
    }
}

TEST_CASE("each object has another random key") {
    CHECK_FALSE(KeyedHash()("text") == KeyedHash()("text"));
}
