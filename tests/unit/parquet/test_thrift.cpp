#include "parquet/thrift.hpp"

#include <limits>
#include <string>

#include "support/catch.hpp"

using namespace std::string_literals;
using namespace snapq::parquet;

namespace {

// The bytes of a struct with the fields that `write` adds, without the byte that ends it.
template <typename Write>
std::string fields(Write write) {
    std::string bytes;
    ThriftWriter thrift(bytes);
    thrift.begin_struct();
    write(thrift);
    thrift.end_struct();
    REQUIRE(bytes.back() == 0);
    bytes.pop_back();
    return bytes;
}

}  // namespace

TEST_CASE("Varints have seven bits a byte") {
    std::string bytes;
    for (const std::uint64_t value : {0ULL, 127ULL, 128ULL, 300ULL}) append_varint(bytes, value);
    CHECK(bytes == "\x00\x7f\x80\x01\xac\x02"s);
    bytes.clear();
    append_varint(bytes, std::numeric_limits<std::uint64_t>::max());
    CHECK(bytes == "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s);
}

TEST_CASE("Integers are zigzag varints after their field") {
    CHECK(fields([](auto& thrift) { thrift.int32(1, 1); }) == "\x15\x02"s);
    CHECK(fields([](auto& thrift) { thrift.int32(1, -1); }) == "\x15\x01"s);
    CHECK(fields([](auto& thrift) { thrift.int16(2, 300); }) == "\x24\xd8\x04"s);
    CHECK(fields([](auto& thrift) { thrift.int64(3, std::numeric_limits<std::int64_t>::min()); }) ==
          "\x36\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s);
}

TEST_CASE("A field is named by its distance or, when it is far, by its number") {
    CHECK(fields([](auto& thrift) {
              thrift.int32(1, 0);
              thrift.int32(16, 0);
              thrift.int32(32, 0);
          }) == "\x15\x00\xf5\x00\x05\x40\x00"s);
}

TEST_CASE("Booleans are part of their field") {
    CHECK(fields([](auto& thrift) {
              thrift.boolean(1, true);
              thrift.boolean(2, false);
          }) == "\x11\x12"s);
}

TEST_CASE("A struct in a struct counts its own fields") {
    CHECK(fields([](auto& thrift) {
              thrift.int32(5, 0);
              thrift.begin_struct(6);
              thrift.int32(1, 0);
              thrift.end_struct();
              thrift.binary(7, "ab");
          }) ==
          "\x55\x00\x1c\x15\x00\x00\x18\x02"
          "ab"s);
}

TEST_CASE("Long lists have their length in a varint") {
    CHECK(fields([](auto& thrift) { thrift.list_of_int32(1, {1, -1}); }) == "\x19\x25\x02\x01"s);
    CHECK(fields([](auto& thrift) {
              thrift.list_of_binary(1, {"a", ""});
          }) ==
          "\x19\x28\x01"
          "a\x00"s);
    CHECK(fields([](auto& thrift) { thrift.list_of_int32(1, std::vector<std::int32_t>(15, 0)); }) ==
          "\x19\xf5\x0f"s + std::string(15, '\0'));
}
