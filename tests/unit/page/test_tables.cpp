#include <catch2/catch.hpp>

#include "analysis/query/named_queries.hpp"
#include "page/device_tables.hpp"

namespace snapq::page {

TEST_CASE("Columns of sizes become numbers") {
    std::set<std::string> sizes;
    CHECK(with_plain_sizes("SELECT format_bytes(sum(a)) AS size, b,\n  format_bytes(c) AS \"end\" FROM t",
                           sizes) == "SELECT (sum(a)) AS size, b,\n  (c) AS \"end\" FROM t");
    CHECK(sizes == std::set<std::string>{"size", "end"});
}

TEST_CASE("Sizes inside longer texts stay") {
    std::set<std::string> sizes;
    const std::string sql = "SELECT format_bytes(a) || ' free' AS text";
    CHECK(with_plain_sizes(sql, sizes) == sql);
    CHECK(sizes.empty());
}

TEST_CASE("The query for the largest allocations takes their numbers") {
    const std::string sql = largest_by_number(analysis::named_query("largest").sql);
    CHECK(sql.find("idx IN (SELECT value FROM json_each(:rows))) AS a") != std::string::npos);
    CHECK(sql.find("LIMIT") == std::string::npos);
    CHECK(sql.find("ORDER BY a.size DESC, 1, a.idx") != std::string::npos);
}

}  // namespace snapq::page
