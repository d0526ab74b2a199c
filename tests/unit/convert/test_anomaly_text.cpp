#include "report/archive_report.hpp"
#include "snapshot/model.hpp"
#include "support/catch.hpp"

namespace snapq::report {
namespace {

TEST_CASE("each kind of anomaly has words for one and for several") {
    for (const std::string_view kind : snapshot::k_anomaly_names) {
        INFO(kind);
        CHECK(anomaly_text(kind, 1).starts_with("1 "));
        CHECK(anomaly_text(kind, 1234).starts_with("1,234 "));
        CHECK(anomaly_text(kind, 1).substr(2) != anomaly_text(kind, 1234).substr(6));
        CHECK(anomaly_text(kind, 1).find("anomalies of kind") == std::string::npos);
    }
}

TEST_CASE("an anomaly of a later version is named") {
    CHECK(anomaly_text("future", 7) == "7 anomalies of kind future");
}

}  // namespace
}  // namespace snapq::report
