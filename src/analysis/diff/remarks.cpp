#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "analysis/diff/side.hpp"
#include "support/devices.hpp"

namespace snapq::analysis {
namespace {

using report::DiffDevice;
using report::DiffReport;

void warn_of_preexisting(DiffReport& report, const Side* base, const Side& newer) {
    const bool base_freed = base != nullptr && base->freed_only;
    if (!base_freed && !newer.freed_only) return;
    if (base != nullptr && base_freed != newer.freed_only) {
        report.warnings.emplace_back(fmt::format(
            "{} leaves out memory from before the recording that was never freed (--preexisting "
            "freed, or SnapViewer's converter), but {} includes it: part of the difference does not "
            "come from the program",
            base_freed ? "BASE" : "NEW", base_freed ? "NEW" : "BASE"));
        return;
    }
    report.warnings.emplace_back(fmt::format(
        "{} leave{} out memory from before the recording that was never freed (--preexisting freed, or "
        "SnapViewer's converter): the real peaks are higher",
        base != nullptr ? "both sides" : "NEW", base != nullptr ? "" : "s"));
}

void warn_of_snapviewer(DiffReport& report, const Side& side, std::string_view name) {
    if (!side.snapviewer) return;
    report.warnings.emplace_back(fmt::format(
        "{} was made by SnapViewer's converter: its stacks may be shifted by some rows, and reserved "
        "bytes and sites are not known",
        name));
}

void remark_on_side(DiffReport& report, const DiffDevice& device, const std::optional<report::DiffMoment>& at,
                    std::string_view name) {
    if (!at) return;
    if (!at->has_trace) {
        report.remarks.emplace_back(fmt::format("{}: {} has no trace, only the state at the dump",
                                                device_label(device.device), name));
    } else if (!at->complete) {
        report.remarks.emplace_back(
            fmt::format("{}: events are missing from the trace of {}, so its peak is a lower bound",
                        device_label(device.device), name));
    }
}

void remark_on_device(DiffReport& report, const DiffDevice& device) {
    if (report.base && !device.in_base) {
        report.remarks.emplace_back(device_label(device.device) + " is only in NEW");
    }
    if (!device.in_new) report.remarks.emplace_back(device_label(device.device) + " is only in BASE");
    remark_on_side(report, device, device.base_at, "BASE");
    remark_on_side(report, device, device.new_at, "NEW");
}

bool has_older_line(const report::DiffRow& row) {
    const bool has_line = row.base_line || row.new_line || !row.lines.empty();
    return has_line && (row.base_older_bytes > 0 || row.new_older_bytes > 0);
}

// Without this remark, a line that only frees memory looks as if it had allocated it.
void remark_on_older_memory(DiffReport& report) {
    for (const DiffDevice& device : report.devices) {
        if (std::ranges::none_of(device.rows, has_older_line)) continue;
        report.remarks.emplace_back(
            "memory that was allocated before the recording is listed under the line that allocated it if "
            "the "
            "file still has its stack, else under the line that freed it");
        return;
    }
}

struct Directories {
    std::string base;
    std::string newer;
};

// The beginnings in which two keys differ, up to the end of a directory: "/a/x/model.py:7 f" and
// "/b/x/model.py:7 f" differ in "/a/" and "/b/".
Directories directories_of(std::string_view base, std::string_view newer) {
    const auto [base_end, new_end] = std::mismatch(base.rbegin(), base.rend(), newer.rbegin(), newer.rend());
    const auto whole = [](std::string_view key, std::size_t size) {
        const std::size_t end = key.find('/', size);
        return std::string(key.substr(0, end == std::string_view::npos ? size : end + 1));
    };
    return {whole(base, static_cast<std::size_t>(base.rend() - base_end)),
            whole(newer, static_cast<std::size_t>(newer.rend() - new_end))};
}

// With two checkouts of one project, rows that look the same appear once as removed and once as added.
void remark_on_directories(DiffReport& report) {
    std::int64_t count = 0;
    Directories first;
    for (const DiffDevice& device : report.devices) {
        std::map<std::string_view, const report::DiffRow*> removed;
        for (const report::DiffRow& row : device.rows) {
            if (row.status() == report::DiffStatus::removed) removed.emplace(row.label.raw(), &row);
        }
        for (const report::DiffRow& row : device.rows) {
            const auto twin = removed.find(row.label.raw());
            if (row.status() != report::DiffStatus::added || twin == removed.end()) continue;
            if (twin->second->key == row.key || row.key.raw().find('/') == std::string::npos) continue;
            if (count++ == 0) first = directories_of(twin->second->key.raw(), row.key.raw());
        }
    }
    if (count == 0) return;
    report.remarks.emplace_back(
        fmt::format("{} both removed and added under the same name, because the directories differ: {} in "
                    "BASE, {} in NEW; "
                    "--strip-prefix takes them off",
                    count == 1 ? "1 row is" : fmt::format("{} rows are", count), first.base, first.newer));
}

void remark_on_numbers(DiffReport& report) {
    for (const DiffDevice& device : report.devices) {
        if (!device.base_device) continue;
        report.remarks.emplace_back(
            fmt::format("{} of BASE is compared with {} of NEW, because both used only this one",
                        device_label(*device.base_device), device_label(device.device)));
    }
}

void remark_on_moments(DiffReport& report, const Side& side, std::string_view name) {
    for (const std::int64_t device : side.without_moment) {
        report.remarks.emplace_back(fmt::format("{} is left out: {} does not have the moment on this device",
                                                device_label(device), name));
    }
}

}  // namespace

void add_remarks(DiffReport& report, const Side* base, const Side& newer) {
    warn_of_preexisting(report, base, newer);
    if (base != nullptr) warn_of_snapviewer(report, *base, "BASE");
    warn_of_snapviewer(report, newer, "NEW");
    for (const DiffDevice& device : report.devices) remark_on_device(report, device);
    remark_on_numbers(report);
    if (base != nullptr) remark_on_moments(report, *base, "BASE");
    remark_on_moments(report, newer, "NEW");
    remark_on_directories(report);
    remark_on_older_memory(report);
    const bool both_ours = base != nullptr && !base->snapviewer && !newer.snapviewer;
    if (both_ours && base->cpp_frames != newer.cpp_frames) {
        report.remarks.emplace_back(fmt::format(
            "only {} was recorded with C++ frames (stacks=\"all\"): operators, autograd nodes and "
            "stacks without Python frames do not match",
            base->cpp_frames ? "BASE" : "NEW"));
    }
    if (base == nullptr) return;
    for (const DiffDevice& device : report.devices) {
        if (device.rows_known) continue;
        report.remarks.emplace_back(fmt::format(
            "{}: rows by {} cannot be compared{}", device_label(device.device), report.by,
            base->snapviewer && newer.snapviewer ? "; use --by stack or --by size" : "; use --by size"));
    }
}

}  // namespace snapq::analysis
