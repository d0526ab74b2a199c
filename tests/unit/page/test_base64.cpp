#include <catch2/catch.hpp>

#include "page/base64.hpp"
#include "unit/page/page_fixture.hpp"

namespace snapq::page {

// The examples of RFC 4648.
TEST_CASE("base64 is that of RFC 4648") {
    CHECK(base64("").empty());
    CHECK(base64("f") == "Zg==");
    CHECK(base64("fo") == "Zm8=");
    CHECK(base64("foo") == "Zm9v");
    CHECK(base64("foob") == "Zm9vYg==");
    CHECK(base64("fooba") == "Zm9vYmE=");
    CHECK(base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("base64 keeps all bytes") {
    std::string bytes;
    for (int i = 0; i < 1000; ++i) bytes += static_cast<char>(i * 7 + i / 256);
    CHECK(tests::from_base64(base64(bytes)) == bytes);
    CHECK(base64(bytes).size() == base64_length(bytes.size()));
}

}  // namespace snapq::page
