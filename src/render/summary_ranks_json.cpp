#include <string_view>
#include <vector>

#include "json/writer.hpp"
#include "render/summary_parts.hpp"

namespace snapq::render {
namespace {

void write_spread(json::JsonWriter& to, std::string_view key, const report::Spread& spread) {
    to.key(key).begin_object();
    to.key("archives").value(spread.archives);
    to.key("sum").value(spread.sum);
    to.key("min").value(spread.minimum);
    to.key("median").value(spread.median);
    to.key("max").value(spread.maximum);
    to.key("mad").value(spread.mad);
    to.end_object();
}

void write_outlier(json::JsonWriter& to, const report::Outlier& outlier) {
    to.begin_object();
    to.key("archive").value(outlier.archive);
    write_optional(to, "rank", outlier.rank);
    to.key("device").value(outlier.device);
    to.key("figure").value(outlier.figure);
    to.key("value").value(outlier.value);
    to.key("median").value(outlier.spread.median);
    to.key("mad").value(outlier.spread.mad);
    write_optional(to, "group", outlier.group);
    to.key("compared_with").value(outlier.typical_archive);
    to.key("explained").value(outlier.is_explained);
    to.key("sites").begin_array();
    for (const report::OutlierSite& site : outlier.sites) {
        to.begin_object();
        write_key(to, site.key);
        to.key("bytes").value(site.bytes);
        to.key("count").value(site.count);
        to.key("typical_bytes").value(site.typical_bytes);
        to.key("typical_count").value(site.typical_count);
        to.key("why").value(site.why);
        to.end_object();
    }
    to.end_array();
    to.end_object();
}

void write_rank_row(json::JsonWriter& to, const report::RankRow& row) {
    to.begin_object();
    write_key(to, row);
    to.key("bytes").value(row.bytes);
    to.key("count").value(row.count);
    to.key("archives").value(row.archives);
    to.key("most_bytes").value(row.most_bytes);
    to.key("most_archive").value(row.most_archive);
    write_optional(to, "most_rank", row.most_rank);
    to.end_object();
}

void write_archives(json::JsonWriter& to, std::string_view name,
                    const std::vector<report::NamedArchive>& archives) {
    to.key(name).begin_array();
    for (const report::NamedArchive& archive : archives) {
        to.begin_object();
        to.key("archive").value(archive.archive);
        write_optional(to, "rank", archive.rank);
        to.end_object();
    }
    to.end_array();
}

void write_across(json::JsonWriter& to, const report::Summary& summary) {
    to.key("across");
    if (!summary.across) {
        to.null();
        return;
    }
    to.begin_array();
    for (const report::AcrossRow& row : *summary.across) {
        to.begin_object();
        write_key(to, row);
        to.key("archives").value(row.holders);
        write_spread(to, "bytes", row.bytes);
        to.key("exact").value(row.is_exact);
        to.key("most_archive").value(row.most.archive);
        write_optional(to, "most_rank", row.most.rank);
        write_archives(to, "explains", row.explains);
        to.end_object();
    }
    to.end_array();
}

void write_groups(json::JsonWriter& to, const report::Summary& summary) {
    write_optional(to, "group_by", summary.group_by.empty() ? std::nullopt : std::optional(summary.group_by));
    to.key("groups").begin_array();
    for (const report::RankGroup& group : summary.groups) {
        to.begin_object();
        write_optional(to, "value", group.value);
        write_spread(to, "peak_requested_bytes", group.peak_requested);
        to.key("most_archive").value(group.most.archive);
        write_optional(to, "most_rank", group.most.rank);
        to.key("outliers").value(group.outliers);
        to.key("oom_events").value(group.oom_events);
        to.end_object();
    }
    to.end_array();
}

}  // namespace

void write_rest_of_ranks(json::JsonWriter& to, const report::Summary& summary) {
    to.key("broken").begin_array();
    for (const report::BrokenArchive& broken : summary.broken) {
        to.begin_object();
        to.key("archive").value(broken.archive);
        to.key("error").value(broken.error);
        to.end_object();
    }
    to.end_array();
    const report::Totals totals = summary.totals.value_or(report::Totals{});
    to.key("totals").begin_object();
    write_spread(to, "peak_requested_bytes", totals.peak_requested);
    write_spread(to, "peak_reserved_bytes", totals.peak_reserved);
    write_spread(to, "end_requested_bytes", totals.end_requested);
    to.key("oom_events").value(totals.oom_events);
    to.end_object();
    to.key("outliers").begin_array();
    for (const report::Outlier& outlier : summary.outliers) write_outlier(to, outlier);
    to.end_array();
    write_texts(to, "without_moment", summary.without_moment);
    to.key("at").value(summary.at);
    to.key("by").value(summary.by);
    to.key("rows").begin_array();
    for (const report::RankRow& row : summary.rows) write_rank_row(to, row);
    to.end_array();
    write_across(to, summary);
    write_groups(to, summary);
}

}  // namespace snapq::render
