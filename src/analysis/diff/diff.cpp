#include "analysis/diff/diff.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <set>
#include <span>
#include <utility>

#include "analysis/category_rules.hpp"
#include "analysis/diff/side.hpp"
#include "analysis/file_names.hpp"
#include "analysis/live_rows.hpp"
#include "analysis/row_access.hpp"
#include "archive/sqlite/database.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

using report::DeviceFigures;
using report::DiffDevice;
using report::DiffFigure;
using report::DiffReport;
using report::MaybeInteger;

const SideDevice* find(const Side* side, std::int64_t device) {
    if (side == nullptr) return nullptr;
    const auto found = side->devices.find(device);
    return found == side->devices.end() ? nullptr : &found->second;
}

// Both sides' view of one device.
struct DeviceSides {
    const SideDevice* base = nullptr;
    const SideDevice* newer = nullptr;
    // The figures of a side that does not have the device: 0, or unknown in an archive of SnapViewer's
    // converter.
    MaybeInteger base_without;
    MaybeInteger new_without;

    template <typename Read>
    [[nodiscard]] DiffFigure figure_by(Read read) const {
        return {base != nullptr ? read(*base) : base_without, newer != nullptr ? read(*newer) : new_without};
    }
    [[nodiscard]] DiffFigure figure(MaybeInteger DeviceFigures::*member) const {
        return figure_by([member](const SideDevice& side) { return side.figures.*member; });
    }
};

MaybeInteger without_device(const Side* side) {
    return side == nullptr || side->snapviewer ? std::nullopt : MaybeInteger(0);
}

void compare_figures(DiffDevice& device, const DeviceSides& sides) {
    device.peak_requested = sides.figure(&DeviceFigures::peak_requested_bytes);
    device.peak_reserved = sides.figure(&DeviceFigures::peak_reserved_bytes);
    device.end_requested = sides.figure(&DeviceFigures::end_requested_bytes);
    device.end_reserved = sides.figure(&DeviceFigures::end_reserved_bytes);
    device.allocations = sides.figure(&DeviceFigures::allocation_count);
    device.reserved = sides.figure_by([](const SideDevice& side) { return side.reserved; });
    if (sides.base != nullptr) device.base_at = sides.base->at;
    if (sides.newer != nullptr) device.new_at = sides.newer->at;
}

// A row cannot have held more than its device, but the sum of its stacks' maxima can exceed that.
void cap_maximum(std::optional<report::DiffMaximum>& maximum, MaybeInteger peak, std::int64_t live) {
    if (!maximum || !peak || maximum->bytes <= *peak) return;
    *maximum = {*peak, live == *peak};
}

void cap_maxima(std::vector<report::DiffRow>& rows, const DiffFigure& peak) {
    for (report::DiffRow& row : rows) {
        cap_maximum(row.base_max, peak.base, row.base_bytes);
        cap_maximum(row.new_max, peak.newer, row.new_bytes);
        cap_maxima(row.lines, peak);
    }
}

void add_stacks(DiffDevice& device, const DeviceSides& sides, const DiffOptions& options) {
    const std::size_t most = std::min(options.stack_rows.value_or(device.rows.size()), device.rows.size());
    for (report::DiffRow& row : std::span(device.rows).first(most)) {
        const bool in_new = row.new_count > 0;
        const SideDevice* side = in_new ? sides.newer : sides.base;
        if (side == nullptr || !side->frames_of) continue;
        row.stack = side->frames_of(in_new ? row.new_stack_id : row.base_stack_id);
    }
}

// The maxima of rows are those of the whole trace; a window has others, which are not known.
void drop_maxima(std::vector<report::DiffRow>& rows) {
    for (report::DiffRow& row : rows) {
        row.base_max = row.new_max = std::nullopt;
        drop_maxima(row.lines);
    }
}

// The sum of the bytes of all parts of a side.
MaybeInteger requested_of(const SideDevice* side, MaybeInteger without) {
    if (side == nullptr) return without;
    std::int64_t sum = 0;
    side->each_part([&](const SidePart& part) { sum = saturating_add(sum, part.bytes); });
    return sum;
}

DiffDevice compare_device(std::int64_t number, const Side* base_side, const Side& new_side,
                          const DiffOptions& options, std::size_t most_bytes) {
    const DeviceSides sides{find(base_side, number), find(&new_side, number), without_device(base_side),
                            without_device(&new_side)};
    DiffDevice device;
    device.device = number;
    device.in_base = sides.base != nullptr;
    if (sides.base != nullptr) device.base_device = sides.base->own_number;
    device.in_new = sides.newer != nullptr;
    const auto unrecorded = [](const SideDevice* device_there, const Side* side) {
        return device_there == nullptr && side != nullptr && !side->has_trace;
    };
    device.unrecorded = unrecorded(sides.base, base_side) || unrecorded(sides.newer, &new_side);
    compare_figures(device, sides);
    const auto known = [](const SideDevice* side) { return side == nullptr || side->parts_known; };
    // Without a base, as in the first run of a branch, there are no rows.
    device.rows_known = base_side != nullptr && known(sides.base) && known(sides.newer);
    if (!device.rows_known) {
        device.requested = {requested_of(sides.base, sides.base_without),
                            requested_of(sides.newer, sides.new_without)};
        return device;
    }
    compare_rows(device, sides.base, sides.newer, options.by, most_bytes);
    if (sides.base == nullptr) device.requested.base = sides.base_without;
    if (sides.newer == nullptr) device.requested.newer = sides.new_without;
    cap_maxima(device.rows, device.peak_requested);
    if (options.stacks != StackFrames::none) add_stacks(device, sides, options);
    return device;
}

// The calls take the place of the rows.
void show_tree(DiffDevice& device, const Side* base, const Side& newer, const CallTreeOptions& options,
               const StableFiles& files) {
    device.rows.clear();
    device.others = {};
    CallTreeComparison calls(options, std::cref(files));
    const auto add = [&](const SideDevice* side, CallSide which) {
        if (side != nullptr && side->add_calls) side->add_calls(calls, which);
    };
    add(find(&newer, device.device), CallSide::newer);
    add(find(base, device.device), CallSide::base);
    device.tree = calls.make();
}

void show_trees(DiffReport& report, const Side* base, const Side& newer, const DiffOptions& options,
                const StableFiles& files) {
    report.by = k_by_tree;
    CallTreeOptions of_device = *options.tree;
    of_device.most_bytes /= std::max<std::size_t>(report.devices.size(), 1);
    for (DiffDevice& device : report.devices) {
        if (device.rows_known) show_tree(device, base, newer, of_device, files);
    }
}

void refuse_snapviewer_tree(const archive::ArchiveReader* side) {
    if (side == nullptr || !archive::is_snapviewer(side->kind())) return;
    InputError error(side->path(), "was made by SnapViewer's converter, so it has no tree of calls");
    error.with_hint("convert the snapshot with snapq");
    throw error;
}

std::size_t bytes_of_rows(const DiffDevice& device) {
    std::size_t bytes = 0;
    for (const report::DiffRow& row : device.rows) bytes += bytes_of(row);
    return bytes;
}

// A device that lacks the moment on one side is left out, because it would look as if that side had not used
// it.
DeviceSet devices_to_compare(const Side* base, const Side& newer) {
    DeviceSet devices;
    DeviceSet left_out = newer.without_moment;
    for (const auto& [number, device] : newer.devices) devices.insert(number);
    if (base != nullptr) {
        left_out.insert(base->without_moment.begin(), base->without_moment.end());
        for (const auto& [number, device] : base->devices) devices.insert(number);
    }
    for (const std::int64_t number : left_out) devices.erase(number);
    return devices;
}

// An archive of SnapViewer's converter does not store the number of its device; it is the device that
// SnapViewer shows.
void align_devices(Side& base, Side& newer) {
    if (base.snapviewer == newer.snapviewer) return;
    Side& foreign = base.snapviewer ? base : newer;
    const std::int64_t device = base.snapviewer ? newer.viewer_device : base.viewer_device;
    auto node = foreign.devices.extract(0);
    if (node.empty()) return;
    node.key() = device;
    node.mapped().figures.device = device;
    foreign.devices.insert(std::move(node));
}

// The one accelerator that was used; nullopt if there is none, or more than one.
MaybeInteger only_device(const Side& side) {
    MaybeInteger only;
    for (const auto& [number, device] : side.devices) {
        if (number == k_host_device || device.figures.is_idle()) continue;
        if (only) return std::nullopt;
        only = number;
    }
    return side.without_moment.empty() ? only : std::nullopt;
}

// A job that uses one device may get another one in each run. Idle devices that have one of both numbers are
// left out.
void align_only_devices(Side& base, Side& newer) {
    const MaybeInteger in_base = only_device(base);
    const MaybeInteger in_new = only_device(newer);
    if (!in_base || !in_new || *in_base == *in_new) return;
    base.devices.erase(*in_new);
    newer.devices.erase(*in_base);
    auto node = base.devices.extract(*in_base);
    node.key() = *in_new;
    node.mapped().figures.device = *in_new;
    node.mapped().own_number = in_base;
    base.devices.insert(std::move(node));
}

// Names of stacks in archives of SnapViewer's converter have no site, so they do not match those of snapq.
void drop_unlike_rows(Side& base, Side& newer, const DiffOptions& options) {
    if (base.snapviewer == newer.snapviewer || options.by != KeyKind::stack) return;
    for (auto& [number, device] : (base.snapviewer ? base : newer).devices) device.parts_known = false;
}

void check_device_exists(const DiffOptions& options, const DiffReport& report, const Side* base,
                         const Side& newer) {
    if (!report.devices.empty()) return;
    DeviceSet present = newer.present;
    if (base != nullptr) present.insert(base->present.begin(), base->present.end());
    if (options.device && !present.empty()) {
        throw no_such_device(*options.device, {present.begin(), present.end()});
    }
    throw InputError("there is nothing to compare: no device has the moment");
}

void remark_on_rules(DiffReport& report, const CategoryRules& rules, const Side* base, const Side& newer) {
    std::vector<bool> used;
    for (const Side* side : {base, &newer}) {
        if (side != nullptr && side->used_rules) merge_matches(used, side->used_rules());
    }
    std::ranges::move(rules.remarks_on_unused(used, "compared"), std::back_inserter(report.remarks));
}

}  // namespace

DiffReport diff_archives(const archive::ArchiveReader* base, const archive::ArchiveReader& newer,
                         const DiffOptions& options) {
    const StableFiles files(options.strip_prefix);
    if (options.tree) {
        refuse_snapviewer_tree(base);
        refuse_snapviewer_tree(&newer);
    }
    const auto read = [&](const archive::ArchiveReader& side, const Moment& at) {
        return naming_archive(side.path(), [&] {
            return archive::with_own_sql(side.path(), [&] { return read_side(side, at, options, files); });
        });
    };
    Side new_side = read(newer, options.at_new);
    std::optional<Side> base_side;
    if (base != nullptr) {
        base_side = read(*base, options.at_base);
        align_devices(*base_side, new_side);
        if (!options.device) align_only_devices(*base_side, new_side);
        drop_unlike_rows(*base_side, new_side, options);
    }
    const Side* base_read = base_side ? &*base_side : nullptr;
    DiffReport report;
    if (base != nullptr) report.base = base->path();
    report.newer = newer.path();
    report.by = name_of(options.by);
    report.exact = options.exact;
    std::size_t most_bytes = k_most_row_bytes;
    for (const std::int64_t number : devices_to_compare(base_read, new_side)) {
        report.devices.push_back(compare_device(number, base_read, new_side, options, most_bytes));
        if (options.window) drop_maxima(report.devices.back().rows);
        most_bytes -= std::min(most_bytes, bytes_of_rows(report.devices.back()));
    }
    if (base_read != nullptr) {
        // Archives of SnapViewer's converter do not store the settings.
        if (!base_read->snapviewer && !new_side.snapviewer) {
            report.settings = settings_that_differ(base_read->settings, new_side.settings);
        }
        report.checks = check_limits(report, options.limits, options.device);
    }
    add_remarks(report, base_read, new_side);
    if (options.rules) remark_on_rules(report, *options.rules, base_read, new_side);
    check_device_exists(options, report, base_read, new_side);
    if (options.tree) show_trees(report, base_read, new_side, options, files);
    return report;
}

}  // namespace snapq::analysis
