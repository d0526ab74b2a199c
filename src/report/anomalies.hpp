// Sentences about the anomalies of a recording, for the warnings of a conversion and the remarks of a
// summary.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace snapq::report {

// "3 frees were requested but their completion is missing". `kind`: a name of snapshot::k_anomaly_names, or
// one of a later version, which is printable. `count` is at least 1.
[[nodiscard]] std::string anomaly_text(std::string_view kind, std::int64_t count);

}  // namespace snapq::report
