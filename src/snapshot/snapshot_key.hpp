// Where a snapshot is inside the value of an input: under which keys and positions of a user's dicts and
// lists.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace snapq::snapshot {

// From the outside to the inside; empty when the value is the snapshot itself.
struct SnapshotKey {
    struct Step {
        std::string key;                       // of a dict; empty in a list. Long keys are cut
        std::optional<std::int64_t> position;  // in a list; nullopt in a dict
    };
    std::vector<Step> steps;

    // "rank0", "[1]", "job.rank0", "snapshots[1]".
    [[nodiscard]] std::string path() const {
        std::string path;
        for (const Step& step : steps) {
            if (step.position) {
                path += '[' + std::to_string(*step.position) + ']';
            } else {
                path += (path.empty() ? "" : ".") + step.key;
            }
        }
        return path;
    }
};

}  // namespace snapq::snapshot
