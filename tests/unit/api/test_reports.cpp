#include <limits>
#include <numeric>
#include <utility>

#include "sample.hpp"
#include "support/catch.hpp"

namespace snapq::tests {
namespace {

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("a summary has the figures of the database") {
    const Archive archive(sample_archive());
    const Summary summary = summarize(archive);
    REQUIRE(summary.devices().size() == 1);
    const DeviceSummary& device = summary.devices().front();
    Session session(archive);
    Rows rows = session.query(
        "SELECT event_count, allocation_count, peak_requested_bytes, end_reserved_bytes FROM devices");
    REQUIRE(rows.next());
    CHECK(device.figures.event_count == rows.row()[0].integer());
    CHECK(device.figures.allocation_count == rows.row()[1].integer());
    CHECK(device.figures.peak_requested_bytes == rows.row()[2].integer());
    CHECK(device.figures.end_reserved_bytes == rows.row()[3].integer());
    CHECK(device.figures.has_trace);
    CHECK(device.at == "peak");
    CHECK(device.live_bytes == device.figures.peak_requested_bytes);
    REQUIRE(device.fragmentation);
    CHECK(device.fragmentation->requested_bytes == device.live_bytes);
}

TEST_CASE("the rows of a summary and the others add up") {
    SummaryOptions options;
    options.top = 2;
    options.by = "function";
    const Summary summary = summarize(Archive(sample_archive()), options);
    const DeviceSummary& device = summary.devices().front();
    REQUIRE(device.top.size() == 2);
    CHECK(device.top[0].bytes >= device.top[1].bytes);
    CHECK_FALSE(device.top[0].label.empty());
    CHECK(device.other_keys > 0);
    CHECK(device.top[0].bytes + device.top[1].bytes + device.other_bytes == device.live_bytes);
}

TEST_CASE("a summary has the texts of the program") {
    const Summary summary = summarize(Archive(sample_archive()));
    CHECK(summary.to_json().starts_with("{\"format_version\":1,"));
    CHECK(contains(summary.to_text(), "peak"));
    CHECK(contains(summary.to_markdown(), "|"));
    CHECK(contains(summary.to_csv(), ","));
    for (const std::string& text :
         {summary.to_json(), summary.to_text(), summary.to_markdown(), summary.to_csv()}) {
        CHECK(text.ends_with('\n'));
    }
}

TEST_CASE("the categories and steps of a summary are those of the tables") {
    const Archive archive(sample_archive());
    const Summary summary = summarize(archive);
    const DeviceSummary& device = summary.devices().front();
    CHECK(device.category_basis == "both_stacks");
    REQUIRE_FALSE(device.categories.empty());
    std::int64_t bytes = 0;
    for (const CategoryBytes& category : device.categories) bytes += category.bytes;
    CHECK(bytes == device.figures.peak_requested_bytes);
    CHECK(device.categories[0].category == "activation");
    REQUIRE(device.steps);
    CHECK(device.steps->basis == "profiler_step");
    CHECK(device.steps->count == 2);
    CHECK(device.steps->largest.peak_bytes == device.figures.peak_requested_bytes);
    SummaryOptions options;
    options.at = "step:0";
    const Summary step = summarize(archive, options);
    CHECK(step.devices().front().live_bytes == device.steps->first.peak_bytes);
}

TEST_CASE("a summary has rows by category, with rules of one's own, by phase and by module") {
    const Archive archive(sample_archive());
    SummaryOptions options;
    options.by = "category";
    options.rules = "attention frame attention\\.py\n# a comment\nnothing site ^$\n";
    const Summary ruled = summarize(archive, options);
    const DeviceSummary& device = ruled.devices().front();
    CHECK(device.top.front().key == "attention");
    CHECK(device.categories.front().category == "attention");
    CHECK(contains(ruled.remarks().front(), "rules:3"));
    options.rules.clear();
    options.by = "phase";
    const Summary phases = summarize(archive, options);
    CHECK(phases.devices().front().top.front().key == "forward");
    options.by = "module";
    options.depth = 1;
    const Summary modules = summarize(archive, options);
    for (const LiveRow& row : modules.devices().front().top) CHECK_FALSE(contains(row.label, " > "));
    options.rules = "no rule";
    CHECK_THROWS_AS(summarize(archive, options), UsageError);
}

std::int64_t bytes_of_leaves(const std::vector<Call>& calls) {
    std::int64_t bytes = 0;
    for (const Call& call : calls) {
        const std::int64_t below = bytes_of_leaves(call.children) + call.own_bytes + call.left_out_bytes;
        CHECK(below == call.bytes);
        bytes += call.bytes;
    }
    return bytes;
}

TEST_CASE("a summary has the tree of the calls") {
    SummaryOptions options;
    options.by = "tree";
    options.min_share = 0;
    const Summary summary = summarize(Archive(sample_archive()), options);
    const DeviceSummary& device = summary.devices().front();
    CHECK(device.top.empty());
    REQUIRE_FALSE(device.tree.empty());
    CHECK(bytes_of_leaves(device.tree) == device.live_bytes);
    CHECK(device.tree.front().frame.function);
    options.min_share = 2;
    CHECK_THROWS_AS(summarize(Archive(sample_archive()), options), UsageError);
}

TEST_CASE("a diff has the tree of the calls of both sides") {
    const Archive archive(sample_archive());
    DiffOptions options;
    options.by = "tree";
    options.at_base = "start";
    options.min_share = 0;
    const Diff changes = diff(archive, archive, options);
    const DiffDevice& device = changes.devices().front();
    CHECK(device.rows.empty());
    REQUIRE_FALSE(device.tree.empty());
    std::int64_t growth = 0;
    for (const ComparedCall& call : device.tree) growth += call.delta_bytes;
    CHECK(growth == device.requested_bytes.delta);
    CHECK(device.tree.front().delta_bytes > 0);
    options.limits.max_row_growth = 1;
    CHECK_THROWS_AS(diff(archive, archive, options), UsageError);
}

TEST_CASE("a summary and a diff keep their content when they are moved") {
    const Archive archive(sample_archive());
    Summary summary = summarize(archive);
    const Summary other_summary(std::move(summary));
    Diff result = diff(archive, archive);
    const Diff other_result(std::move(result));
    // NOLINTBEGIN(bugprone-use-after-move): this is what is tested
    CHECK(other_summary.to_json() == summary.to_json());
    CHECK(other_result.to_json() == result.to_json());
    // NOLINTEND(bugprone-use-after-move)
}

TEST_CASE("a summary refuses what the archive or the interface does not know") {
    const Archive archive(sample_archive());
    const auto check_refused = [&](const SummaryOptions& options) {
        CHECK_THROWS_AS(summarize(archive, options), UsageError);
    };
    check_refused({.at = "lunch"});
    check_refused({.by = "colour"});
    check_refused({.user_prefixes = {"/home"}});
    check_refused({.device = 9});
    check_refused({.at = "event:99999999"});
}

TEST_CASE("an archive does not differ from itself") {
    const Archive archive(sample_archive());
    DiffOptions options;
    options.limits.max_growth = GrowthLimit{.bytes = 0};
    options.limits.max_row_growth = 0;
    const Diff result = diff(archive, archive, options);
    REQUIRE(result.devices().size() == 1);
    CHECK(result.devices().front().peak_requested_bytes.delta == 0);
    CHECK(result.settings().empty());
    CHECK_FALSE(result.checks().empty());
    CHECK(result.passed());
}

TEST_CASE("two moments of one archive differ, and a limit is crossed") {
    const Archive archive(sample_archive());
    DiffOptions options;
    options.at_base = "start";
    options.at_newer = "peak";
    options.limits.max_growth = GrowthLimit::parse("1%,1KiB");
    const Diff result = diff(archive, archive, options);
    const DiffDevice& device = result.devices().front();
    REQUIRE(device.requested_bytes.delta);
    CHECK(*device.requested_bytes.delta > 0);
    const std::int64_t sum =
        std::accumulate(device.rows.begin(), device.rows.end(), std::int64_t{0},
                        [](auto total, const DiffRow& row) { return total + row.delta_bytes; });
    CHECK(sum == *device.requested_bytes.delta);
    CHECK_FALSE(result.passed());
    REQUIRE_FALSE(result.checks().empty());
    CHECK(result.checks().front().name == "max-growth");
    CHECK_FALSE(result.checks().front().ok);
    CHECK(result.checks().front().value_bytes == device.requested_bytes.delta);
}

TEST_CASE("a diff has the texts of the program") {
    const Archive archive(sample_archive());
    DiffOptions options;
    options.at_base = "start";
    const Diff result = diff(archive, archive, options);
    CHECK(result.to_json().starts_with('{'));
    CHECK(result.to_csv(0) == result.to_csv());
    CHECK(result.to_csv(1).size() < result.to_csv().size());
    CHECK(contains(result.to_text(), "MiB"));
    CHECK(contains(result.to_markdown(), "|"));
}

TEST_CASE("growth limits are texts or numbers") {
    const GrowthLimit limit = GrowthLimit::parse("2.5%,1MiB");
    CHECK(limit.percent == 2.5);
    CHECK(limit.bytes == 1048576);
    CHECK_THROWS_AS(GrowthLimit::parse("much"), UsageError);
    const Archive archive(sample_archive());
    const auto check_refused = [&](const GrowthLimit& wrong) {
        DiffOptions options;
        options.limits.max_growth = wrong;
        CHECK_THROWS_AS(diff(archive, archive, options), UsageError);
    };
    check_refused({});
    check_refused({.bytes = -1});
    check_refused({.percent = -1});
    check_refused({.percent = 10'001});
    check_refused({.percent = std::numeric_limits<double>::quiet_NaN()});
}

TEST_CASE("a diff refuses what does not fit") {
    const Archive archive(sample_archive());
    const auto check_refused = [&](const DiffOptions& options) {
        CHECK_THROWS_AS(diff(archive, archive, options), UsageError);
    };
    check_refused({.by = "colour"});
    check_refused({.exact = true});
    check_refused({.strip_prefix = "("});
    check_refused({.at_newer = "lunch"});
    check_refused({.device = 9});
    check_refused({.limits = {.max_row_growth = -1}});
}

TEST_CASE("the peaks and sites of a summary and a diff can be narrowed") {
    const Archive archive(sample_archive());
    SummaryOptions options;
    options.window = "event:100..event:500";
    options.site_depth = 2;
    const Summary summary = summarize(archive, options);
    const DeviceSummary& device = summary.devices().front();
    CHECK(device.figures.peak_event == 294);
    CHECK(contains(device.top.front().label, " < "));
    DiffOptions diff_options;
    diff_options.window = options.window;
    diff_options.site_depth = 2;
    diff_options.at_base = "start";
    const Diff changes = diff(archive, archive, diff_options);
    CHECK(changes.devices().front().peak_requested_bytes.newer == device.figures.peak_requested_bytes);
    options.by = "op";
    CHECK_THROWS_AS(summarize(archive, options), UsageError);
    options = {};
    options.window = "now";
    CHECK_THROWS_AS(summarize(archive, options), UsageError);
}

TEST_CASE("rows of a summary and a diff have the frames of their largest stacks where they are asked for") {
    const Archive archive(sample_archive());
    CHECK(summarize(archive).devices().front().top.front().stack.empty());
    CHECK(diff(archive, archive, {.at_base = "start"}).devices().front().rows.front().stack.empty());

    const LiveRow row = summarize(archive, {.stacks = "python"}).devices().front().top.front();
    REQUIRE_FALSE(row.stack.empty());
    REQUIRE(row.function);
    CHECK(contains(row.stack.front(), *row.function));
    const LiveRow whole = summarize(archive, {.stacks = "all"}).devices().front().top.front();
    CHECK(whole.stack.size() >= row.stack.size());
    const DiffRow change =
        diff(archive, archive, {.at_base = "start", .stacks = "python"}).devices().front().rows.front();
    CHECK(change.stack == row.stack);

    CHECK_THROWS_AS(summarize(archive, {.stacks = "cpp"}), UsageError);
    CHECK_THROWS_AS(diff(archive, archive, {.stacks = "cpp"}), UsageError);
}

}  // namespace
}  // namespace snapq::tests
