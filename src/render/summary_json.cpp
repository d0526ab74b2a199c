#include <cmath>

#include "json/writer.hpp"
#include "render/call_tree.hpp"
#include "render/checks.hpp"
#include "render/summary.hpp"
#include "render/summary_parts.hpp"
#include "report/summary.hpp"
#include "support/devices.hpp"

namespace snapq::render {

void write_key(json::JsonWriter& to, const report::Key& key) {
    to.key("key").value(key.key);
    to.key("label").value(key.label);
    write_optional(to, "file", key.file);
    write_optional(to, "line", key.line);
    write_optional(to, "function", key.function);
    write_optional(to, "op", key.op);
}

namespace {

using report::MaybeInteger;

void write_figures(json::JsonWriter& to, std::span<const report::NamedFigure> figures,
                   const report::DeviceSummary& device) {
    for (const report::NamedFigure& figure : figures) {
        to.key(figure.name);
        const report::FigureValue value = figure.get(device);
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            to.value(*number);
        } else if (const auto* flag = std::get_if<bool>(&value)) {
            to.value(*flag);
        } else if (const auto* text = std::get_if<UntrustedText>(&value)) {
            to.value(*text);
        } else {
            to.null();
        }
    }
}

void write_anomalies(json::JsonWriter& to, const std::vector<report::Anomaly>& anomalies) {
    to.begin_object();
    for (const report::Anomaly& anomaly : anomalies) to.key(anomaly.kind).value(anomaly.count);
    to.end_object();
}

// The share as a fraction, rounded to a hundredth of a percent.
double share_of(std::int64_t bytes, std::int64_t whole) {
    if (whole == 0) return 0;
    constexpr double k_steps = 10000.0;
    return std::round(static_cast<double>(bytes) / static_cast<double>(whole) * k_steps) / k_steps;
}

void write_row(json::JsonWriter& to, const report::LiveRow& row, std::int64_t whole) {
    to.begin_object();
    write_key(to, row);
    write_optional(to, "stack_id", row.stack_id);
    to.key("bytes").value(row.bytes);
    to.key("count").value(row.count);
    to.key("share").value(share_of(row.bytes, whole));
    to.key("before_recording_bytes").value(row.older.bytes);
    if (!row.stack.empty()) write_texts(to, "stack", row.stack);
    to.end_object();
}

void write_rows(json::JsonWriter& to, std::string_view name, const std::vector<report::LiveRow>& rows,
                std::int64_t whole) {
    to.key(name).begin_array();
    for (const report::LiveRow& row : rows) write_row(to, row, whole);
    to.end_array();
}

void write_fragmentation(json::JsonWriter& to, const report::DeviceSummary& device) {
    if (!device.fragmentation) {
        to.null();
        return;
    }
    to.begin_object();
    to.key("moment").value(device.fragmentation->moment);
    to.key("estimated").value(device.fragmentation->estimated);
    write_figures(to, report::fragmentation_figure_list(), device);
    to.end_object();
}

void write_oom_sites(json::JsonWriter& to, const report::OomReport& oom) {
    to.begin_array();
    for (const report::OomSite& site : oom.top) {
        to.begin_object();
        write_key(to, site.row);
        to.key("bytes").value(site.row.bytes);
        to.key("count").value(site.row.count);
        to.key("other_devices").begin_array();
        for (std::size_t i = 0; i < site.other_bytes.size(); ++i) {
            to.begin_object();
            to.key("device").value(oom.other_devices[i]);
            to.key("peak_bytes").value(site.other_bytes[i]);
            to.end_object();
        }
        to.end_array();
        to.end_object();
    }
    to.end_array();
}

void write_unusable(json::JsonWriter& to, const report::OomReport& oom) {
    to.begin_array();
    for (const report::UnusableMemory& memory : oom.unusable) {
        to.begin_object();
        to.key("reason").value(memory.reason);
        write_optional(to, "pool", memory.pool);
        write_optional(to, "stream", memory.stream);
        to.key("bytes").value(memory.bytes);
        to.key("largest_bytes").value(memory.largest_bytes);
        to.end_object();
    }
    to.end_array();
}

// Writes the pool and stream of the failed request, and the memory that it could have used.
void write_request(json::JsonWriter& to, const report::OomReport& oom) {
    write_optional(to, "pool", oom.pool);
    to.key("pool_inferred").value(oom.pool_inferred);
    write_optional(to, "stream", oom.stream);
    write_optional(to, "segment_bytes", oom.segment_bytes);
    write_optional(to, "usable_bytes", oom.usable_bytes);
    write_optional(to, "usable_largest_bytes", oom.usable_largest_bytes);
    to.key("unusable");
    write_unusable(to, oom);
    to.key("verdict").value(fit_words(oom));
}

void write_oom(json::JsonWriter& to, const report::OomReport& oom) {
    to.begin_object();
    to.key("moment").value("oom:" + std::to_string(oom.number));
    to.key("event").value(oom.event);
    to.key("last_event").value(oom.last_event);
    to.key("attempts").value(oom.attempts);
    write_optional(to, "time_us", oom.time_us);
    write_optional(to, "asked_bytes", oom.asked_bytes);
    write_optional(to, "device_free_bytes", oom.device_free_bytes);
    write_optional(to, "requested_bytes", oom.requested_bytes);
    write_optional(to, "reserved_bytes", oom.reserved_bytes);
    write_optional(to, "short_bytes", oom.short_bytes);
    const auto parts = oom.fragmentation.value_or(report::Fragmentation{});
    write_optional(to, "cached_bytes", parts.cached_bytes);
    write_optional(to, "stranded_bytes", parts.stranded_bytes);
    write_optional(to, "holes", parts.holes);
    write_optional(to, "largest_hole_bytes", oom.largest_hole_bytes);
    write_optional(to, "largest_cached_segment_bytes", parts.largest_cached_segment_bytes);
    write_optional(to, "fits_without_fragmentation", oom.fits_without_fragmentation);
    write_request(to, oom);
    to.key("site").value(oom.site.key);
    to.key("label").value(oom.site.label);
    write_optional(to, "op", oom.site.op);
    write_optional(to, "stack_id", oom.stack_id);
    to.key("top");
    write_oom_sites(to, oom);
    to.end_object();
}

void write_pending(json::JsonWriter& to, const Boxed<report::PendingFrees>& pending) {
    to.key("pending");
    if (!pending) {
        to.null();
        return;
    }
    to.begin_object();
    to.key("bytes").value(pending->bytes);
    to.key("count").value(pending->count);
    write_optional(to, "first_event", pending->first_event);
    write_optional(to, "freed_by", pending->freed_by ? std::optional(pending->freed_by->key) : std::nullopt);
    write_optional(to, "allocated_by",
                   pending->allocated_by ? std::optional(pending->allocated_by->key) : std::nullopt);
    to.end_object();
}

void write_leaks(json::JsonWriter& to, const std::vector<report::LeakSuspect>& leaks) {
    to.key("leaks").begin_array();
    for (const report::LeakSuspect& leak : leaks) {
        to.begin_object();
        write_key(to, leak);
        to.key("bytes").value(leak.bytes);
        to.key("count").value(leak.count);
        to.key("steps").value(leak.steps);
        to.key("bytes_per_step").value(leak.bytes_per_step());
        to.key("first_event").value(leak.first_event);
        to.key("last_event").value(leak.last_event);
        to.key("basis").value(leak.basis);
        to.end_object();
    }
    to.end_array();
}

void write_categories(json::JsonWriter& to, const report::DeviceSummary& device) {
    const auto basis = device.category_basis.empty() ? std::nullopt : std::optional(device.category_basis);
    write_optional(to, "category_basis", basis);
    to.key("categories").begin_array();
    for (const report::CategoryBytes& category : device.categories) {
        to.begin_object();
        to.key("category").value(category.category);
        to.key("bytes").value(category.bytes);
        to.key("count").value(category.count);
        to.key("share").value(share_of(category.bytes, device.live_bytes));
        to.key("before_recording_bytes").value(category.older.bytes);
        to.end_object();
    }
    to.end_array();
}

void write_step(json::JsonWriter& to, std::string_view name, const report::StepCost& step) {
    to.key(name).begin_object();
    to.key("step").value(step.step);
    to.key("start_event").value(step.start_event);
    to.key("end_event").value(step.end_event);
    to.key("start_bytes").value(step.start_bytes);
    to.key("peak_bytes").value(step.peak_bytes);
    to.key("peak_event").value(step.peak_event);
    to.key("end_bytes").value(step.end_bytes);
    to.key("allocated_bytes").value(step.allocated_bytes);
    to.end_object();
}

void write_steps(json::JsonWriter& to, const Boxed<report::StepSummary>& steps) {
    to.key("steps");
    if (!steps) {
        to.null();
        return;
    }
    to.begin_object();
    to.key("basis").value(steps->basis);
    to.key("count").value(steps->count);
    write_step(to, "first", steps->first);
    write_step(to, "typical", steps->typical);
    write_step(to, "largest", steps->largest);
    write_step(to, "last", steps->last);
    to.end_object();
}

void write_device(json::JsonWriter& to, const report::DeviceSummary& device) {
    to.begin_object();
    to.key("device").value(device.figures.device);
    to.key("kind").value(device_kind(device.figures.device));
    write_figures(to, report::device_figure_list(), device);
    to.key("anomalies");
    write_anomalies(to, device.figures.anomalies);
    to.key("fragmentation");
    write_fragmentation(to, device);
    if (!device.window.empty()) to.key("window").value(device.window);
    to.key("at").value(device.at);
    write_optional(to, "at_event", device.at_event);
    to.key("live_bytes").value(device.live_bytes);
    to.key("live_count").value(device.live_count);
    to.key("before_recording_bytes").value(device.older.bytes);
    to.key("by").value(device.by);
    to.key("top").begin_array();
    for (const report::LiveRow& row : device.top) write_row(to, row, device.live_bytes);
    if (device.others) write_row(to, *device.others, device.live_bytes);
    to.end_array();
    if (device.tree) write_tree(to.key("tree"), *device.tree);
    write_categories(to, device);
    to.key("ooms").begin_array();
    for (const report::OomReport& oom : device.ooms) write_oom(to, oom);
    to.end_array();
    write_pending(to, device.pending);
    write_leaks(to, device.leaks);
    write_steps(to, device.steps);
    write_texts(to, "remarks", device.remarks);
    write_texts(to, "advice", device.advice);
    to.end_object();
}

void write_archive(json::JsonWriter& to, const report::ArchiveSummary& archive) {
    to.key("archive").value(archive.archive);
    write_optional(to, "rank", archive.rank);
    to.key("labels").begin_object();
    for (const auto& [key, value] : archive.labels) to.key(key).value(value);
    to.end_object();
    to.key("devices").begin_array();
    for (const report::DeviceSummary& device : archive.devices) write_device(to, device);
    to.end_array();
    to.key("anomalies");
    write_anomalies(to, archive.anomalies);
    write_texts(to, "remarks", archive.remarks);
}

const char* name_of(report::Verdict::Kind kind) {
    switch (kind) {
        case report::Verdict::Kind::out_of_memory: return "out-of-memory";
        case report::Verdict::Kind::limit: return "limit";
        case report::Verdict::Kind::peak: return "peak";
        case report::Verdict::Kind::state: return "state";
    }
    return "";
}

// The archive is named if there are several.
void write_verdict(json::JsonWriter& to, const report::Summary& summary) {
    const std::optional<report::Verdict>& verdict = summary.verdict;
    to.key("verdict");
    if (!verdict) {
        to.null();
        return;
    }
    to.begin_object();
    to.key("kind").value(name_of(verdict->kind));
    write_optional(to, "archive", summary.several ? std::optional(verdict->archive) : std::nullopt);
    write_optional(to, "rank", verdict->rank);
    to.key("device").value(verdict->device);
    write_optional(to, "check", verdict->check ? std::optional(verdict->check->name) : std::nullopt);
    write_optional(to, "asked_bytes", verdict->oom ? verdict->oom->asked_bytes : MaybeInteger());
    write_optional(to, "site", verdict->site ? std::optional(verdict->site->key) : std::nullopt);
    write_optional(to, "op", verdict->site ? verdict->site->op : std::nullopt);
    write_optional(to, "needed_bytes", verdict->needed_bytes);
    write_rows(to, "sites", verdict->sites, verdict->whole_bytes);
    to.end_object();
}

void write_uneven(json::JsonWriter& to, const report::Summary& summary) {
    const std::optional<report::UnevenLoad>& uneven = summary.uneven;
    to.key("uneven");
    if (!uneven) {
        to.null();
        return;
    }
    to.begin_object();
    write_optional(to, "archive", summary.several ? std::optional(uneven->archive) : std::nullopt);
    write_optional(to, "rank", uneven->rank);
    to.key("device").value(uneven->device);
    to.key("peak_requested_bytes").value(uneven->bytes);
    to.key("median_bytes").value(uneven->median_bytes);
    to.key("same_sites").value(uneven->same_sites());
    to.end_object();
}

void write_begin(json::JsonWriter& to) {
    to.begin_object();
    to.key("format_version").value(std::int64_t{1});
}

void write_end(json::JsonWriter& to, const report::Summary& summary) {
    to.key("checks");
    write_checks(to, summary.checks);
    write_verdict(to, summary);
    write_uneven(to, summary);
    to.end_object();
}

std::string ranks_json(const report::Summary& summary) {
    auto [text, after] = json_around_archives(summary);
    for (std::size_t i = 0; i < summary.archives.size(); ++i)
        text += (i > 0 ? "," : "") + archive_json(summary.archives[i]);
    return text + after;
}

}  // namespace

JsonAroundArchives json_around_archives(const report::Summary& summary) {
    std::string text;
    json::JsonWriter to(text);
    write_begin(to);
    to.key("archives").begin_array();
    const std::size_t end_of_before = text.size();
    to.end_array();
    write_rest_of_ranks(to, summary);
    write_end(to, summary);
    text += '\n';
    return {text.substr(0, end_of_before), text.substr(end_of_before)};
}

std::string archive_json(const report::ArchiveSummary& archive) {
    std::string text;
    json::JsonWriter to(text);
    to.begin_object();
    write_archive(to, archive);
    to.end_object();
    return text;
}

std::string summary_json(const report::Summary& summary) {
    if (summary.several) return ranks_json(summary);
    std::string text;
    json::JsonWriter to(text);
    write_begin(to);
    if (!summary.archives.empty()) write_archive(to, summary.archives.front());
    write_end(to, summary);
    text += '\n';
    return text;
}

}  // namespace snapq::render
