// One side of a comparison: an open archive at a moment. And the sections of a comparison that are made of
// both sides; each has a source file of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analysis/diff/diff.hpp"
#include "analysis/diff/match.hpp"
#include "analysis/file_names.hpp"
#include "archive/sqlite/database.hpp"
#include "report/diff_report.hpp"
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

// ---- sections of a comparison, for diff.cpp ----

// Fills the rows of one device, the sum of the others, and `requested` of the sides that have the device. A
// side without the device is null. Rows take at most `most_bytes` of memory, but at least one row is kept.
// Memory does not depend on the number of stacks.
void compare_rows(report::DiffDevice& device, const SideDevice* base, const SideDevice* newer, KeyKind by,
                  std::size_t most_bytes);

// One check for each device and each limit that is set; for max_row_growth, one for each row above it.
//
// Growth is that of the peak if both sides are compared at their peaks, else that of the bytes at the
// compared moments. A figure that is not known (no trace, for example) fails, with the reason; with
// `allow_no_trace`, the state at the dump is checked instead of the peak. `asked`: the device that the user
// selected, if any. Pinned host memory is only checked if it is that device; if there is no other device to
// check, the limits fail.
[[nodiscard]] std::vector<report::Check> check_limits(const report::DiffReport& report,
                                                      const DiffLimits& limits,
                                                      std::optional<std::int64_t> asked = std::nullopt);

// Adds warnings and remarks that a reader should know before relying on the figures. `base` null: there is no
// base yet.
void add_remarks(report::DiffReport& report, const Side* base, const Side& newer);

}  // namespace snapq::analysis
