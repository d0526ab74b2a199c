#include "support/block_vector.hpp"

#include <cstdint>

#include "support/catch.hpp"

using snapq::BlockVector;

TEST_CASE("elements keep their positions over many blocks") {
    BlockVector<std::uint32_t, 4> column;
    for (std::uint32_t i = 0; i < 1000; ++i) column.push_back(i * 3);
    CHECK(column.size() == 1000);
    CHECK(column[0] == 0);
    CHECK(column[15] == 45);
    CHECK(column[16] == 48);
    CHECK(column.back() == 2997);
    column[500] = 7;
    CHECK(column[500] == 7);
}

TEST_CASE("resizing grows with a value and shrinks to the last block") {
    BlockVector<std::uint8_t, 4> column;
    column.resize(33, 9);
    CHECK(column.size() == 33);
    CHECK(column[32] == 9);
    column.resize(16);
    CHECK(column.size() == 16);
    column.push_back(1);
    CHECK(column[16] == 1);
    column.clear();
    CHECK(column.empty());
}
