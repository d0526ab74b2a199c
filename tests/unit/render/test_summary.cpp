#include "render/summary.hpp"

#include "render/summary_parts.hpp"
#include "render/terminal_text.hpp"
#include "support/catch.hpp"

using namespace snapq;
using namespace snapq::render;

namespace {

report::Summary summary_of(std::size_t rows, const std::string& name) {
    report::DeviceSummary device;
    device.figures.has_trace = true;
    device.figures.peak_event = 0;
    device.at = "peak";
    device.by = "site";
    for (std::size_t i = 0; i < rows; ++i) {
        report::LiveRow row;
        row.key = row.label = name;
        row.bytes = 10;
        row.count = 1;
        device.top.push_back(row);
        device.live_bytes += row.bytes;
    }
    report::Summary summary;
    summary.archives.resize(1);
    summary.archives[0].devices.push_back(device);
    return summary;
}

report::Verdict verdict(report::Verdict::Kind kind, const std::string& name) {
    report::Verdict verdict;
    verdict.kind = kind;
    verdict.figures.peak_requested_bytes = 2048;
    verdict.site.emplace().label = name;
    verdict.needed_bytes = 24;
    if (kind == report::Verdict::Kind::out_of_memory) verdict.oom.emplace().asked_bytes = 1024;
    verdict.other_ooms = 1;
    report::LiveRow row;
    row.label = name;
    row.bytes = 100;
    verdict.sites.assign(3, row);
    verdict.whole_bytes = 200;
    return verdict;
}

std::size_t widest_line(const std::string& text) {
    std::size_t widest = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        widest = std::max(widest, display_width(text.substr(begin, end - begin)));
        begin = end + 1;
    }
    return widest;
}

// Whether a line contains both texts, in this order.
bool has_line(const std::string& text, const std::string& first, const std::string& second) {
    for (std::size_t at = text.find(second); at != std::string::npos; at = text.find(second, at + 1)) {
        const std::size_t begin = text.rfind('\n', at);
        if (begin != std::string::npos && text.substr(begin, at - begin).find(first) != std::string::npos)
            return true;
    }
    return false;
}

report::DeviceSummary course(std::vector<report::CurvePoint> points) {
    report::DeviceSummary device;
    device.figures.has_trace = true;
    device.figures.event_count = points.back().event + 1;
    device.curve = std::move(points);
    return device;
}

}  // namespace

TEST_CASE("text stays within the width with long function names") {
    const std::string name = std::string(3000, 'x') + "\x1b[31m\n";
    for (const std::size_t width : {std::size_t{60}, std::size_t{80}, std::size_t{160}}) {
        report::Summary summary = summary_of(5, name);
        summary.verdict = verdict(report::Verdict::Kind::peak, name);
        const std::string text = summary_text(summary, {.style = {.width = width}});
        CHECK(widest_line(text) <= width);
        CHECK(text.find('\x1b') == std::string::npos);
    }
}

TEST_CASE("a verdict has at most five lines and says what, where and how much") {
    report::Summary summary = summary_of(1, "a.py:1 f");
    summary.verdict = verdict(report::Verdict::Kind::out_of_memory, "dir/a.py:1 f");
    const std::string text = verdict_text(summary, {});
    CHECK(text ==
          "OUT OF MEMORY on device 0 (and 1 other): 1.00 KiB for dir/a.py:1 f\n"
          "needed: 24 B more free on the device, or one usable block of 1.00 KiB\n"
          "   50.0 %        100 B  dir/a.py:1 f\n   50.0 %        100 B  dir/a.py:1 f\n"
          "   50.0 %        100 B  dir/a.py:1 f\n");
    CHECK(verdict_text(summary, {.width = 80, .color = true}).starts_with("\x1b[31mOUT OF MEMORY\x1b[0m on"));
}

TEST_CASE("a verdict does not ask for a usable block where there was one") {
    report::Summary summary = summary_of(1, "a.py:1 f");
    summary.verdict = verdict(report::Verdict::Kind::out_of_memory, "dir/a.py:1 f");
    summary.verdict->oom->fits_without_fragmentation = true;
    summary.verdict->oom->usable_bytes = summary.verdict->oom->usable_largest_bytes = 2048;
    const std::string text = verdict_text(summary, {.width = 160});
    CHECK_THAT(text,
               Catch::Matchers::Contains("\nby this estimate a free piece of 2.00 KiB was large enough: "));
    CHECK_THAT(text, !Catch::Matchers::Contains("needed"));
}

TEST_CASE("a verdict about a limit says how far the figure is from it") {
    report::Summary summary = summary_of(1, "a.py:1 f");
    summary.verdict = verdict(report::Verdict::Kind::limit, "dir/a.py:1 f");
    report::Check check{.name = "max-peak", .device = 0, .value = 2048, .limit = 1024, .ok = false};
    summary.verdict->check = check;
    CHECK(verdict_text(summary, {})
              .starts_with("FAIL max-peak on device 0: 2.00 KiB, 1.00 KiB over 1.00 KiB; dir"));
    check.limit = 4096;
    check.ok = true;
    summary.verdict->check = check;
    CHECK(
        verdict_text(summary, {}).starts_with("ok max-peak on device 0: 2.00 KiB of 4.00 KiB (50.0 %); dir"));
}

TEST_CASE("rows of memory from before the recording are marked, and the legend adds them up") {
    report::Summary summary = summary_of(3, "dir/a.py:1 f");
    report::DeviceSummary& device = summary.archives[0].devices[0];
    summary.verdict = report::Verdict{};
    device.live_count = 3;
    device.top[0].older = {10, 1};
    device.top[1].bytes = 20;
    device.top[1].count = 2;
    device.top[1].older = {15, 1};
    device.live_bytes = 40;
    device.older = {25, 2};
    const std::string text = summary_text(summary, {});
    CHECK(has_line(text, "f †", "15 B   37.5 %"));
    CHECK(has_line(text, "f †", "10 B   25.0 %"));
    CHECK(has_line(text, "1 f ", " 5 B   12.5 %"));
    CHECK(text.find("† allocated before the recording: 25 B, 62.5 %") != std::string::npos);
}

TEST_CASE("the text has at most the given number of lines") {
    report::Summary summary = summary_of(10, "dir/a.py:1 f");
    report::DeviceSummary& device = summary.archives[0].devices[0];
    summary.verdict = verdict(report::Verdict::Kind::peak, "dir/a.py:1 f");
    device.curve = {{-1, 50, {}}, {49, 100, {}}};
    device.figures.event_count = 50;
    for (int i = 0; i < 40; ++i) device.remarks.push_back("a sentence");
    const std::string text = summary_text(summary, {});
    CHECK(std::count(text.begin(), text.end(), '\n') <= 60);
    CHECK(text.find("and 38 other notes") != std::string::npos);
    const std::string whole = summary_text(summary, {.most_lines = std::nullopt});
    CHECK(std::count(whole.begin(), whole.end(), '\n') > 60);
}

TEST_CASE("idle devices have one line together, and an uneven load is told") {
    report::Summary summary = summary_of(2, "dir/a.py:1 f");
    report::ArchiveSummary& archive = summary.archives[0];
    archive.devices[0].figures.peak_requested_bytes = 5;
    for (const std::int64_t number : {1, 2, 3, 5}) {
        report::DeviceSummary idle;
        idle.figures.device = number;
        archive.devices.push_back(idle);
    }
    report::UnevenLoad& uneven = summary.uneven.emplace();
    uneven.bytes = 2048;
    uneven.median_bytes = 1024;
    uneven.members = 3;
    const std::string text = devices_text(summary, {});
    CHECK(text.find("devices 1 to 3, 5 hold nothing and did nothing\n") != std::string::npos);
    CHECK(text.find("uneven load: device 0 holds 2.00 KiB at its peak, the median is 1.00 KiB\n") !=
          std::string::npos);
}

TEST_CASE("Markdown of any length is cut at a line end, with its tags closed") {
    const std::string text = summary_markdown(summary_of(5000, "some/path/to/model.py:17 forward"));
    CHECK(text.size() <= 60000);
    CHECK(text.find("</details>") != std::string::npos);
    CHECK(text.find("Cut here") != std::string::npos);
    CHECK(summary_markdown(summary_of(3, "a")).find("Cut here") == std::string::npos);
}

TEST_CASE("Markdown escapes names and shows at most 60 characters of them") {
    const std::string text = summary_markdown(summary_of(1, "a|b <img> @team *x* `y`"));
    CHECK(text.find("a\\|b &lt;img&gt; @\u200dteam \\*x\\* \\`y\\`") != std::string::npos);
    const std::string cut = summary_markdown(summary_of(1, std::string(100, 'n')));
    CHECK(cut.find(std::string(59, 'n')) != std::string::npos);
    CHECK(cut.find(std::string(60, 'n')) == std::string::npos);
}

TEST_CASE("a chart holds a value until the next point and keeps spikes") {
    const auto device = course({{-1, 50, {}}, {49, 100, {}}, {50, 10, {}}, {99, 10, {}}});
    const std::string line = draw_chart(device, 1, 113);
    CHECK(display_width(line.substr(0, line.size() - 1)) <= 113);
    CHECK(line.find("▄▄▄▄") != std::string::npos);
    CHECK(line.find("▄█▁") != std::string::npos);
}

TEST_CASE("a chart of ten rows shows both curves, the axis and the marks") {
    auto device = course({{-1, 0, 100}, {9, 100, 200}});
    device.figures.peak_event = 9;
    const std::string chart = draw_chart(device, 10, 80);
    CHECK(std::count(chart.begin(), chart.end(), '\n') == 12);
    CHECK(widest_line(chart) <= 80);
    CHECK(chart.find("▲ peak") != std::string::npos);
    CHECK(chart.find("out of memory") == std::string::npos);
}

TEST_CASE("there is no chart without a trace, without room, or with 0 rows") {
    auto device = course({{-1, 0, 100}, {9, 100, 200}});
    CHECK(draw_chart(device, 0, 80).empty());
    CHECK(draw_chart(device, 10, 5).empty());
    device.figures.has_trace = false;
    CHECK(draw_chart(device, 10, 80).empty());
}

TEST_CASE("times are short") {
    CHECK(time_words(1500, 1000) == "+0.5 ms");
    CHECK(time_words(311000, 1000) == "+310 ms");
    CHECK(time_words(2001000, 1000) == "+2.00 s");
    CHECK(time_words(std::nullopt, 1000).empty());
    CHECK(time_words(1500, std::nullopt).empty());
}

TEST_CASE("long sentences wrap at spaces") {
    CHECK(wrap("one two three", 7, 2, 0) == "one two\n  three");
    CHECK(wrap("unbreakable", 3, 0, 0) == "unbreakable");
    CHECK(wrap("", 3, 0, 0) == "");
}

TEST_CASE("names of archives are the shortest ends of their paths that differ") {
    using Names = std::vector<UntrustedText>;
    CHECK(shortest_names({"jobs/a/rank0.zip", "jobs/a/rank1.zip"}) == Names{"rank0.zip", "rank1.zip"});
    CHECK(shortest_names({"jobs/a/mem.zip", "jobs/b/mem.zip"}) == Names{"a/mem.zip", "b/mem.zip"});
    CHECK(shortest_names({"/x/1/mem.zip", "1/mem.zip", "y"}) == Names{"x/1/mem.zip", "1/mem.zip", "y"});
    CHECK(shortest_names({"a/b", "a/b"}) == Names{"b", "b"});
    CHECK(shortest_names({}).empty());
}
