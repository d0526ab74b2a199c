// The result for one limit that the user set. Filled by analysis, printed by render.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/figures.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::report {

struct Check {
    std::string name;  // the option without its dashes: "max-peak"
    std::int64_t device = 0;
    MaybeInteger value{};          // bytes; nullopt: not known, `reason` says why
    MaybeInteger limit{};          // bytes, or a count for no-oom
    MaybeInteger base{};           // bytes from which a growth is measured
    std::int64_t older_bytes = 0;  // of a row: live bytes that were allocated before the recording
    bool ok = true;
    std::string reason{};     // "", "no-trace", "lower-bound", "unknown"
    bool is_bytes = true;     // false: `value` and `limit` are counts
    UntrustedText subject{};  // what exceeds the limit: "nn_utils.py:7 softmax"; may be empty
    UntrustedText archive{};  // if there are several archives; otherwise empty
    MaybeInteger rank{};      // of the archive
};

[[nodiscard]] inline bool all_ok(const std::vector<Check>& checks) {
    return std::ranges::all_of(checks, &Check::ok);
}

}  // namespace snapq::report
