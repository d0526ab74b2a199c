// The verdict on one limit that the user set. Filled by analysis, printed by render.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/figures.hpp"

namespace snapq::report {

struct Check {
    std::string name;  // of the option, without dashes: "max-peak"
    std::int64_t device = 0;
    MaybeInteger value{};  // bytes; nullopt: it could not be told, `reason` says why
    MaybeInteger limit{};  // bytes, or a count for no-oom
    bool ok = true;
    std::string reason{};   // "", "no-trace", "lower-bound", "unknown"
    bool is_bytes = true;   // else a count
    std::string subject{};  // for people, what was over the limit: "nn_utils.py:7 softmax"; may be empty
    std::string archive{};  // which of several archives; else empty
    MaybeInteger rank{};    // of that archive
};

[[nodiscard]] inline bool all_ok(const std::vector<Check>& checks) {
    return std::ranges::all_of(checks, &Check::ok);
}

}  // namespace snapq::report
