// One side of a comparison: an archive at a moment, open.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "analysis/diff/diff.hpp"
#include "analysis/diff/match.hpp"
#include "analysis/diff/names.hpp"
#include "analysis/diff/settings.hpp"
#include "report/figures.hpp"

namespace snapq::analysis {

struct SideDevice {
    report::DeviceFigures figures;
    report::DiffMoment at;
    report::MaybeInteger reserved;
    bool parts_known = true;
    // Reads the parts, as often as it is asked. They are too many to be held.
    std::function<void(const UsePart&)> each_part;
};

struct Side {
    std::map<std::int64_t, SideDevice> devices;
    std::set<std::int64_t> present;         // all devices of the archive
    std::set<std::int64_t> without_moment;  // devices that are there, but have no such moment
    std::int64_t viewer_device = 0;
    bool has_trace = false;  // of any device
    bool snapviewer = false;
    bool freed_only = false;  // converted with --preexisting freed
    bool cpp_frames = false;  // at least one stack has C++ frames
    Settings settings;
};

// Throws UsageError when no device has the moment, InputError for damage and for what the archive does not
// know.
[[nodiscard]] Side read_side(const archive::ArchiveReader& archive, const Moment& at,
                             const DiffOptions& options, const StableFiles& files);

// The same for archives made by SnapViewer's converter: requested bytes of one device, and rows by whole
// stack or by size. Reads all rows of their only table, several times.
[[nodiscard]] Side read_snapviewer_side(const archive::ArchiveReader& archive, const Moment& at,
                                        const DiffOptions& options, const StableFiles& files);

}  // namespace snapq::analysis
