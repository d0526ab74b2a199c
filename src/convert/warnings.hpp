// What a user should know of a conversion that went well.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "convert/device_timeline.hpp"
#include "snapshot/model.hpp"

namespace snapq::convert {

// One sentence each, in a fixed order.
[[nodiscard]] std::vector<std::string> warnings_of(
    const snapshot::Snapshot& snapshot, const std::vector<std::unique_ptr<DeviceTimeline>>& devices,
    timeline::Preexisting preexisting);

}  // namespace snapq::convert
