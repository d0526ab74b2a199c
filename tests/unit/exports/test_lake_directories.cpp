#include "exports/lake_directories.hpp"
#include "snapq/error.hpp"
#include "support/catch.hpp"

using namespace snapq;
using namespace snapq::exports;
using Catch::Contains;

namespace {

std::string path_of(std::string_view text) {
    return partition_path(parse_partition(text));
}

std::string error_of(std::string_view text) {
    try {
        (void)parse_partition(text);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("Keys of a partition have a value, or each archive has one") {
    CHECK(parse_partition("").empty());
    CHECK(parse_partition("job=nightly-42,rank") ==
          std::vector<PartitionKey>{{"job", "nightly-42"}, {"rank", std::nullopt}});
    CHECK(parse_partition("a=b=c") == std::vector<PartitionKey>{{"a", "b=c"}});
    CHECK(path_of("job=nightly-42,rank=3") == "job=nightly-42/rank=3");
    CHECK(path_of("") == "");
}

TEST_CASE("Values that mean something in a path are escaped as Hive does") {
    CHECK(path_of("a=x/y") == "a=x%2Fy");
    CHECK(path_of("a=50%") == "a=50%25");
    CHECK(path_of("a=b=c:d") == "a=b%3Dc%3Ad");
    CHECK(path_of("a=\n") == "a=%0A");
    CHECK(path_of("a=é 漢") == "a=é 漢");
    CHECK(path_of("a=..") == "a=..");  // a directory "a=.." does not lead upwards
}

TEST_CASE("Keys that could not be read back are refused") {
    CHECK_THAT(error_of("=3"), Contains("expected a name"));
    CHECK_THAT(error_of("a/b=3"), Contains("expected a name"));
    CHECK_THAT(error_of("a b=3"), Contains("expected a name"));
    CHECK_THAT(error_of("a=1,,b=2"), Contains("expected a name"));
    CHECK_THAT(error_of("a=1,a=2"), Contains("given twice"));
    CHECK_THAT(error_of("site=1"), Contains("column of the tables"));
    CHECK_THAT(error_of("archive=1"), Contains("column of the tables"));
    CHECK_THAT(error_of("a="), Contains("empty"));
}
