#include <limits>

#include "json/writer.hpp"
#include "render/call_tree.hpp"
#include "render/checks.hpp"
#include "render/diff.hpp"
#include "render/diff_rows.hpp"
#include "support/devices.hpp"

namespace snapq::render {
namespace {

using report::DiffDevice;
using report::DiffFigure;
using report::DiffMaximum;
using report::DiffMoment;
using report::DiffReport;
using report::DiffRow;
using report::MaybeInteger;

void write_figure(json::JsonWriter& to, std::string_view key, const DiffFigure& figure) {
    to.key(key).begin_object();
    write_optional(to, "base", figure.base);
    write_optional(to, "new", figure.newer);
    write_optional(to, "delta", figure.delta());
    to.end_object();
}

void write_moment(json::JsonWriter& to, std::string_view key, const std::optional<DiffMoment>& at) {
    to.key(key);
    if (!at) {
        to.null();
        return;
    }
    to.begin_object().key("moment").value(at->moment);
    write_optional(to, "event", at->event);
    to.key("event_count").value(at->event_count);
    write_optional(to, "timestep", at->timestep);
    write_optional(to, "after_us", at->after_us);
    if (!at->window.empty()) to.key("window").value(at->window);
    write_optional(to, "site", at->site.empty() ? std::nullopt : std::optional(at->site));
    to.key("has_trace").value(at->has_trace);
    to.key("complete").value(at->complete);
    to.end_object();
}

void write_maximum(json::JsonWriter& to, std::string_view bytes_key, std::string_view exact_key,
                   const std::optional<DiffMaximum>& maximum) {
    write_optional(to, bytes_key, maximum ? MaybeInteger(maximum->bytes) : std::nullopt);
    to.key(exact_key);
    maximum ? to.value(maximum->exact) : to.null();
}

void write_row(json::JsonWriter& to, const DiffRow& row) {
    to.begin_object();
    to.key("key").value(row.key);
    to.key("label").value(row.label);
    to.key("base_bytes").value(row.base_bytes);
    to.key("new_bytes").value(row.new_bytes);
    to.key("delta_bytes").value(row.delta());
    to.key("base_count").value(row.base_count);
    to.key("new_count").value(row.new_count);
    to.key("base_before_recording_bytes").value(row.base_older_bytes);
    to.key("new_before_recording_bytes").value(row.new_older_bytes);
    write_maximum(to, "base_max_bytes", "base_max_exact", row.base_max);
    write_maximum(to, "new_max_bytes", "new_max_exact", row.new_max);
    to.key("status").value(report::name_of(row.status()));
    write_optional(to, "base_stack_id", row.base_stack_id);
    write_optional(to, "new_stack_id", row.new_stack_id);
    write_optional(to, "base_line", row.base_line);
    write_optional(to, "new_line", row.new_line);
    write_optional(to, "op", row.op.empty() ? std::nullopt : std::optional(row.op));
    write_optional(to, "why", row.why().empty() ? std::nullopt : std::optional(row.why()));
    if (!row.stack.empty()) write_texts(to, "stack", row.stack);
    if (!row.lines.empty()) {
        to.key("lines").begin_array();
        for (const DiffRow& line : row.lines) write_row(to, line);
        to.end_array();
    }
    to.end_object();
}

void write_rows(json::JsonWriter& to, const DiffDevice& device, std::size_t top) {
    if (!device.rows_known) {
        to.null();
        return;
    }
    const ShownRows shown = shown_rows(device, top);
    to.begin_array();
    for (const DiffRow& row : shown.rows) write_row(to, row);
    if (shown.others) write_row(to, *shown.others);
    to.end_array();
}

void write_device(json::JsonWriter& to, const DiffDevice& device, std::size_t top) {
    to.begin_object().key("device").value(device.device);
    to.key("kind").value(device_kind(device.device));
    if (device.base_device) to.key("base_device").value(*device.base_device);
    to.key("in_base").value(device.in_base).key("in_new").value(device.in_new);
    write_moment(to, "base_at", device.base_at);
    write_moment(to, "new_at", device.new_at);
    write_figure(to, "peak_requested_bytes", device.peak_requested);
    write_figure(to, "peak_reserved_bytes", device.peak_reserved);
    write_figure(to, "requested_bytes", device.requested);
    write_figure(to, "reserved_bytes", device.reserved);
    write_figure(to, "end_requested_bytes", device.end_requested);
    write_figure(to, "end_reserved_bytes", device.end_reserved);
    write_figure(to, "allocation_count", device.allocations);
    to.key("rows");
    write_rows(to, device, top);
    if (device.tree) write_compared_tree(to.key("tree"), *device.tree);
    to.end_object();
}

void write_settings(json::JsonWriter& to, const DiffReport& report) {
    to.key("settings").begin_array();
    for (const report::DiffSetting& setting : report.settings) {
        to.begin_object().key("key").value(setting.key);
        write_optional(to, "base", setting.base);
        write_optional(to, "new", setting.newer);
        to.end_object();
    }
    to.end_array();
}

}  // namespace

void write_comparison(json::JsonWriter& to, const DiffReport& report, const DiffStyle& style) {
    write_optional(to, "base", report.base);
    to.key("new").value(report.newer);
    to.key("by").value(report.by).key("exact").value(report.exact);
    to.key("devices").begin_array();
    const std::size_t top = style.top.value_or(std::numeric_limits<std::size_t>::max());
    for (const DiffDevice& device : report.devices) write_device(to, device, top);
    to.end_array();
    write_settings(to, report);
}

void write_notes(json::JsonWriter& to, const DiffReport& report) {
    write_texts(to, "warnings", report.warnings);
    write_texts(to, "remarks", report.remarks);
}

std::string diff_json(const DiffReport& report, const DiffStyle& style) {
    std::string text;
    json::JsonWriter to(text);
    to.begin_object().key("format_version").value(std::int64_t{1});
    write_comparison(to, report, style);
    to.key("checks");
    write_checks(to, report.checks, CheckSubjects::as_key);
    write_notes(to, report);
    to.end_object();
    text += '\n';
    return text;
}

}  // namespace snapq::render
