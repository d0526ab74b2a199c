#include <fmt/format.h>

#include "analysis/diff/sections.hpp"
#include "support/devices.hpp"

namespace snapq::analysis {
namespace {

using report::DiffDevice;
using report::DiffReport;

void warn_of_preexisting(DiffReport& report, const Side* base, const Side& newer) {
    const bool base_freed = base != nullptr && base->freed_only;
    if (!base_freed && !newer.freed_only) return;
    if (base != nullptr && base_freed != newer.freed_only) {
        report.warnings.push_back(fmt::format(
            "{} leaves out memory from before the recording that was never freed (--preexisting "
            "freed, or SnapViewer's converter), but {} includes it: part of the difference does not "
            "come from the program",
            base_freed ? "BASE" : "NEW", base_freed ? "NEW" : "BASE"));
        return;
    }
    report.warnings.push_back(fmt::format(
        "{} leave{} out memory from before the recording that was never freed (--preexisting freed, or "
        "SnapViewer's converter): the real peaks are higher",
        base != nullptr ? "both sides" : "NEW", base != nullptr ? "" : "s"));
}

void warn_of_snapviewer(DiffReport& report, const Side& side, std::string_view name) {
    if (!side.snapviewer) return;
    report.warnings.push_back(fmt::format(
        "{} was made by SnapViewer's converter: its stacks may be shifted by some rows, and reserved "
        "bytes and sites are not known",
        name));
}

void remark_on_side(DiffReport& report, const DiffDevice& device, const std::optional<report::DiffMoment>& at,
                    std::string_view name) {
    if (!at) return;
    if (!at->has_trace) {
        report.remarks.push_back(fmt::format("{}: {} has no trace, only the state at the dump",
                                             device_label(device.device), name));
    } else if (!at->complete) {
        report.remarks.push_back(
            fmt::format("{}: events are missing from the trace of {}, so its peak is a lower bound",
                        device_label(device.device), name));
    }
}

void remark_on_device(DiffReport& report, const DiffDevice& device) {
    if (report.base && !device.in_base) {
        report.remarks.push_back(device_label(device.device) + " is only in NEW");
    }
    if (!device.in_new) report.remarks.push_back(device_label(device.device) + " is only in BASE");
    remark_on_side(report, device, device.base_at, "BASE");
    remark_on_side(report, device, device.new_at, "NEW");
}

void remark_on_moments(DiffReport& report, const Side& side, std::string_view name) {
    for (const std::int64_t device : side.without_moment) {
        report.remarks.push_back(fmt::format("{} is left out: {} does not have the moment on this device",
                                             device_label(device), name));
    }
}

}  // namespace

void add_remarks(DiffReport& report, const Side* base, const Side& newer) {
    warn_of_preexisting(report, base, newer);
    if (base != nullptr) warn_of_snapviewer(report, *base, "BASE");
    warn_of_snapviewer(report, newer, "NEW");
    for (const DiffDevice& device : report.devices) remark_on_device(report, device);
    if (base != nullptr) remark_on_moments(report, *base, "BASE");
    remark_on_moments(report, newer, "NEW");
    const bool both_ours = base != nullptr && !base->snapviewer && !newer.snapviewer;
    if (both_ours && base->cpp_frames != newer.cpp_frames) {
        report.remarks.push_back(fmt::format(
            "only {} was recorded with C++ frames (stacks=\"all\"): operators, autograd nodes and "
            "stacks without Python frames do not match",
            base->cpp_frames ? "BASE" : "NEW"));
    }
    if (base == nullptr) return;
    for (const DiffDevice& device : report.devices) {
        if (device.rows_known) continue;
        report.remarks.push_back(fmt::format(
            "{}: rows by {} cannot be compared{}", device_label(device.device), report.by,
            base->snapviewer && newer.snapviewer ? "; use --by stack or --by size" : "; use --by size"));
    }
}

}  // namespace snapq::analysis
