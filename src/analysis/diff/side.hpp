// One side of a comparison: an open archive at a moment.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "analysis/diff/diff.hpp"
#include "analysis/diff/match.hpp"
#include "analysis/file_names.hpp"
#include "archive/sqlite/database.hpp"
#include "report/figures.hpp"
#include "support/devices.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::analysis {

using DeviceSet = std::set<std::int64_t, DeviceOrder>;

struct SideDevice {
    report::DeviceFigures figures;
    report::MaybeInteger own_number;  // if it is compared under the number of a device of the other side
    report::DiffMoment at;
    report::MaybeInteger reserved;
    bool parts_known = true;
    // Calls its argument with each part. It reads them from the archive each time, because there may be too
    // many to hold in memory.
    std::function<void(const UsePart&)> each_part;
    // Adds its calls to a tree. Null in archives of SnapViewer's converter, which have no tree.
    std::function<void(CallTreeComparison&, CallSide)> add_calls;
    // The frames of a stack, as DiffOptions::stacks wants them. Null in archives of SnapViewer's converter.
    std::function<std::vector<UntrustedText>(report::MaybeInteger stack_id)> frames_of;
};

// The allocator's settings, by name.
using Settings = std::map<std::string, std::string>;

// In the order of their names. A setting that only one side has also counts as different, because releases of
// PyTorch add and remove settings.
[[nodiscard]] std::vector<report::DiffSetting> settings_that_differ(const Settings& base,
                                                                    const Settings& newer);

struct Side {
    std::map<std::int64_t, SideDevice, DeviceOrder> devices;
    DeviceSet present;               // all devices of the archive
    DeviceSet without_moment;        // devices that do not have the moment
    std::int64_t viewer_device = 0;  // the device in allocations.json
    bool has_trace = false;          // at least one device has one
    bool snapviewer = false;
    bool freed_only = false;  // converted with --preexisting freed
    bool cpp_frames = false;  // at least one stack has C++ frames
    Settings settings;
    // For each rule for categories: whether it decided the category of any part so far. Null in archives of
    // SnapViewer's converter.
    std::function<std::vector<bool>()> used_rules;
};

// Throws UsageError if no device has the moment, InputError for a damaged archive and for one that does not
// store what the moment needs.
[[nodiscard]] Side read_side(const archive::ArchiveReader& archive, const Moment& at,
                             const DiffOptions& options, const StableFiles& files);

// The same for an archive of SnapViewer's converter: requested bytes of one device, and rows by whole stack
// or by size. It reads all rows of the only table several times.
[[nodiscard]] Side read_snapviewer_side(const archive::ArchiveReader& archive, const Moment& at,
                                        const DiffOptions& options, const StableFiles& files);

}  // namespace snapq::analysis
