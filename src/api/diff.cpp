#include "snapq/diff.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/diff/diff.hpp"
#include "api/report_values.hpp"
#include "render/diff.hpp"
#include "report/diff_report.hpp"
#include "support/error.hpp"

namespace snapq {

// `report` is kept because the texts and JSON are made from it when they are asked for.
struct Diff::Impl {
    report::DiffReport report;
    std::vector<DiffDevice> devices;
    std::vector<DiffSetting> settings;
    std::vector<LimitCheck> checks;
    std::vector<std::string> warnings;
    std::vector<std::string> remarks;
};

namespace {

constexpr double k_most_percent = 10'000;
constexpr double k_micro = 1'000'000;

DiffFigure public_figure(const report::DiffFigure& from) {
    return {from.base, from.newer, from.delta()};
}

DiffRow public_diff_row(const report::DiffRow& from) {
    DiffRow to;
    to.key = from.key.raw();
    to.label = from.label.raw();
    to.base_bytes = from.base_bytes;
    to.newer_bytes = from.new_bytes;
    to.base_count = from.base_count;
    to.newer_count = from.new_count;
    to.delta_bytes = from.delta();
    to.status = report::name_of(from.status());
    to.base_stack_id = from.base_stack_id;
    to.newer_stack_id = from.new_stack_id;
    to.base_line = from.base_line;
    to.newer_line = from.new_line;
    to.op = from.op.raw();
    to.stack = raw_texts(from.stack);
    std::ranges::transform(from.lines, std::back_inserter(to.lines), public_diff_row);
    return to;
}

ComparedCall public_call_of_both(const report::CallNode& from) {
    auto to = call_with_frames<ComparedCall>(from);
    to.base_bytes = from.base_bytes;
    to.newer_bytes = from.bytes;
    to.base_count = from.base_count;
    to.newer_count = from.count;
    to.delta_bytes = from.growth();
    return to;
}

DiffDevice public_diff_device(const report::DiffDevice& from) {
    DiffDevice to;
    to.device = from.device;
    to.in_base = from.in_base;
    to.in_newer = from.in_new;
    to.peak_requested_bytes = public_figure(from.peak_requested);
    to.peak_reserved_bytes = public_figure(from.peak_reserved);
    to.requested_bytes = public_figure(from.requested);
    to.reserved_bytes = public_figure(from.reserved);
    to.end_requested_bytes = public_figure(from.end_requested);
    to.end_reserved_bytes = public_figure(from.end_reserved);
    to.allocations = public_figure(from.allocations);
    to.rows_known = from.rows_known;
    std::ranges::transform(from.rows, std::back_inserter(to.rows), public_diff_row);
    to.other_rows = from.others.count;
    if (from.tree) to.tree = nested_calls<ComparedCall>(*from.tree, public_call_of_both);
    return to;
}

LimitCheck public_check(const report::Check& from) {
    return {from.name, from.device, from.ok, from.value, from.limit, from.reason, from.subject.raw()};
}

analysis::GrowthLimit internal_limit(const GrowthLimit& from) {
    if (!from.bytes && !from.percent) throw UsageError("GrowthLimit: neither bytes nor percent is set");
    if (from.bytes.value_or(0) < 0) throw UsageError("GrowthLimit::bytes is negative");
    analysis::GrowthLimit to;
    to.bytes = from.bytes;
    if (from.percent) {
        // The condition is written so that it also refuses NaN.
        if (!(*from.percent >= 0 && *from.percent <= k_most_percent)) {
            throw_usage("GrowthLimit::percent {}: 0 to {} is expected", *from.percent, k_most_percent);
        }
        to.micro_percent = std::llround(*from.percent * k_micro);
    }
    return to;
}

analysis::DiffLimits internal_limits(const DiffLimits& from) {
    analysis::DiffLimits to;
    if (from.max_growth) to.max_growth = internal_limit(*from.max_growth);
    if (from.max_reserved_growth) to.max_reserved_growth = internal_limit(*from.max_reserved_growth);
    if (from.max_row_growth.value_or(0) < 0) throw UsageError("DiffLimits::max_row_growth is negative");
    to.max_row_growth = from.max_row_growth;
    to.allow_no_trace = from.allow_no_trace;
    return to;
}

analysis::DiffOptions internal_diff_options(const DiffOptions& from) {
    analysis::DiffOptions to;
    const bool is_tree = from.by == analysis::k_by_tree;
    to.by = key_kind(is_tree ? "site" : from.by, from.user_prefixes);
    if (from.exact && to.by != analysis::KeyKind::stack) {
        throw_usage("DiffOptions::exact applies to the key stack only, not to {}", from.by);
    }
    to.exact = from.exact;
    to.user_prefixes = from.user_prefixes;
    to.site_depth = checked_site_depth(from.site_depth, to.by);
    if (is_tree) {
        to.tree = call_tree_options(from.min_share, from.depth, from.stacks);
        if (from.limits.max_row_growth) throw UsageError("DiffLimits::max_row_growth: a tree has no rows");
    } else {
        to.module_depth = checked_module_depth(from.depth, to.by);
    }
    to.rules = category_rules(from.rules);
    if (to.rules && to.by != analysis::KeyKind::category)
        throw_usage("DiffOptions::rules apply to the key category only, not to {}", from.by);
    if (!is_tree) to.stacks = stack_frames(from.stacks);
    if (!from.window.empty()) to.window = analysis::parse_window(from.window);
    to.strip_prefix = from.strip_prefix;
    to.at_base = analysis::parse_moment(from.at_base);
    to.at_new = analysis::parse_moment(from.at_newer);
    to.device = from.device;
    to.limits = internal_limits(from.limits);
    return to;
}

// 0 shows all rows, as it does for the program.
render::DiffStyle style_of(std::optional<std::size_t> top) {
    if (top == std::size_t{0}) top = std::numeric_limits<std::size_t>::max();
    return {.top = top, .color = false};
}

}  // namespace

GrowthLimit GrowthLimit::parse(std::string_view text) {
    const auto parsed = analysis::parse_growth_limit(text);
    if (!parsed) {
        throw UsageError(fmt::format("'{}' is not a limit of growth", text))
            .with_hint("limits are written as 5%, 512MiB or 5%,512MiB");
    }
    GrowthLimit limit;
    limit.bytes = parsed->bytes;
    if (parsed->micro_percent) limit.percent = static_cast<double>(*parsed->micro_percent) / k_micro;
    return limit;
}

Diff::Diff(std::shared_ptr<const Impl> impl) : m_impl(std::move(impl)) {}

const std::vector<DiffDevice>& Diff::devices() const {
    return m_impl->devices;
}

const std::vector<DiffSetting>& Diff::settings() const {
    return m_impl->settings;
}

const std::vector<LimitCheck>& Diff::checks() const {
    return m_impl->checks;
}

bool Diff::passed() const {
    return report::all_ok(m_impl->report.checks);
}

const std::vector<std::string>& Diff::warnings() const {
    return m_impl->warnings;
}

const std::vector<std::string>& Diff::remarks() const {
    return m_impl->remarks;
}

std::string Diff::to_json(std::optional<std::size_t> top) const {
    return render::diff_json(m_impl->report, style_of(top));
}

std::string Diff::to_text(std::optional<std::size_t> top) const {
    return render::diff_text(m_impl->report, style_of(top));
}

std::string Diff::to_markdown(std::optional<std::size_t> top) const {
    return render::diff_markdown(m_impl->report, style_of(top));
}

std::string Diff::to_csv(std::optional<std::size_t> top) const {
    return render::diff_csv(m_impl->report, style_of(top));
}

Diff diff(const Archive& base, const Archive& newer, const DiffOptions& options) {
    auto impl = std::make_shared<Diff::Impl>();
    impl->report = analysis::diff_archives(&ArchiveAccess::reader(base), ArchiveAccess::reader(newer),
                                           internal_diff_options(options));
    std::ranges::transform(impl->report.devices, std::back_inserter(impl->devices), public_diff_device);
    for (const report::DiffSetting& setting : impl->report.settings) {
        impl->settings.push_back({setting.key.raw(), raw_text(setting.base), raw_text(setting.newer)});
    }
    std::ranges::transform(impl->report.checks, std::back_inserter(impl->checks), public_check);
    impl->warnings = raw_texts(impl->report.warnings);
    impl->remarks = raw_texts(impl->report.remarks);
    return Diff(std::move(impl));
}

}  // namespace snapq
