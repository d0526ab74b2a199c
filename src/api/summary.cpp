#include "snapq/summary.hpp"

#include <algorithm>
#include <utility>

#include "analysis/summary/summary.hpp"
#include "analysis/summary/verdict.hpp"
#include "api/report_values.hpp"
#include "render/summary.hpp"
#include "report/summary.hpp"
#include "support/error.hpp"

namespace snapq {

// `report` is kept because the texts and JSON are made from it when they are asked for.
struct Summary::Impl {
    report::Summary report;
    std::vector<DeviceSummary> devices;
    std::vector<Anomaly> anomalies;
    std::vector<std::string> remarks;
};

namespace {

OomReport public_oom(const report::OomReport& from) {
    OomReport to;
    to.number = from.number;
    to.event = from.event;
    to.attempts = from.attempts;
    to.time_us = from.time_us;
    to.asked_bytes = from.asked_bytes;
    to.device_free_bytes = from.device_free_bytes;
    to.requested_bytes = from.requested_bytes;
    to.reserved_bytes = from.reserved_bytes;
    to.fits_without_fragmentation = from.fits_without_fragmentation;
    to.site = from.site.label.raw();
    to.pool = raw_text(from.pool);
    to.stream = from.stream;
    to.usable_bytes = from.usable_bytes;
    to.usable_largest_bytes = from.usable_largest_bytes;
    if (from.fragmentation) to.fragmentation = public_fragmentation(*from.fragmentation);
    for (const report::OomSite& site : from.top) to.top.push_back(public_row(site.row));
    return to;
}

StepCost public_step(const report::StepCost& from) {
    return {from.step,       from.start_event, from.end_event, from.start_bytes,
            from.peak_bytes, from.peak_event,  from.end_bytes, from.allocated_bytes};
}

StepSummary public_steps(const report::StepSummary& from) {
    return {from.basis.raw(),          from.count,
            public_step(from.first),   public_step(from.typical),
            public_step(from.largest), public_step(from.last)};
}

Call public_call(const report::CallNode& from) {
    auto to = call_with_frames<Call>(from);
    to.bytes = from.bytes;
    to.count = from.count;
    to.before_recording_bytes = from.older.bytes;
    to.own_bytes = from.own_bytes;
    to.own_count = from.own_count;
    to.left_out_bytes = from.left_out.bytes;
    return to;
}

DeviceSummary public_device(const report::DeviceSummary& from) {
    DeviceSummary to;
    to.figures = public_figures(from.figures);
    if (from.peak_site) to.peak_site = from.peak_site->label.raw();
    to.at = from.at.raw();
    to.at_event = from.at_event;
    std::ranges::transform(from.top, std::back_inserter(to.top), public_row);
    to.other_keys = from.other_keys;
    if (from.others) to.other_bytes = from.others->bytes;
    to.live_bytes = from.live_bytes;
    to.live_count = from.live_count;
    if (from.fragmentation) to.fragmentation = public_fragmentation(*from.fragmentation);
    std::ranges::transform(from.ooms, std::back_inserter(to.ooms), public_oom);
    to.remarks = raw_texts(from.remarks);
    to.category_basis = from.category_basis.raw();
    for (const report::CategoryBytes& category : from.categories) {
        to.categories.push_back(
            {category.category.raw(), category.bytes, category.count, category.older.bytes});
    }
    if (from.steps) to.steps = public_steps(*from.steps);
    if (from.tree) to.tree = nested_calls<Call>(*from.tree, public_call);
    return to;
}

void add_anomalies(const std::vector<report::Anomaly>& from, std::optional<std::int64_t> device,
                   std::vector<Anomaly>& to) {
    for (const report::Anomaly& anomaly : from) {
        to.push_back({device, anomaly.kind.raw(), anomaly.count, anomaly.first_event});
    }
}

analysis::SummaryOptions internal_summary_options(const SummaryOptions& from) {
    analysis::SummaryOptions to;
    to.at = analysis::parse_moment(from.at);
    const bool is_tree = from.by == analysis::k_by_tree;
    to.grouping.by = key_kind(is_tree ? "site" : from.by, from.user_prefixes);
    if (is_tree) {
        to.tree = call_tree_options(from.min_share, from.depth, from.stacks);
    } else {
        to.grouping.module_depth = checked_module_depth(from.depth, to.grouping.by);
    }
    to.grouping.rules = category_rules(from.rules);
    to.grouping.user_prefixes = from.user_prefixes;
    to.grouping.site_depth = checked_site_depth(from.site_depth, to.grouping.by);
    to.stacks = stack_frames(from.stacks);
    if (!from.window.empty()) to.window = analysis::parse_window(from.window);
    to.device = from.device;
    to.top = from.top;
    return to;
}

}  // namespace

Summary::Summary(std::shared_ptr<const Impl> impl) : m_impl(std::move(impl)) {}

const std::vector<DeviceSummary>& Summary::devices() const {
    return m_impl->devices;
}

const std::vector<Anomaly>& Summary::anomalies() const {
    return m_impl->anomalies;
}

const std::vector<std::string>& Summary::remarks() const {
    return m_impl->remarks;
}

std::string Summary::to_json() const {
    return render::summary_json(m_impl->report);
}

std::string Summary::to_text() const {
    return render::summary_text(m_impl->report, {});
}

std::string Summary::to_markdown() const {
    return render::summary_markdown(m_impl->report);
}

std::string Summary::to_csv() const {
    return render::summary_csv(m_impl->report);
}

Summary summarize(const Archive& archive, const SummaryOptions& options) {
    auto impl = std::make_shared<Summary::Impl>();
    report::ArchiveSummary report =
        analysis::summarize(ArchiveAccess::reader(archive), internal_summary_options(options));
    add_anomalies(report.anomalies, std::nullopt, impl->anomalies);
    for (const report::DeviceSummary& device : report.devices) {
        impl->devices.push_back(public_device(device));
        add_anomalies(device.figures.anomalies, device.figures.device, impl->anomalies);
    }
    impl->remarks = raw_texts(report.remarks);
    analysis::VerdictSearch verdict;
    verdict.add(report, {});
    impl->report.verdict = verdict.take();
    impl->report.uneven = analysis::uneven_devices(report);
    impl->report.archives.push_back(std::move(report));
    return Summary(std::move(impl));
}

}  // namespace snapq
