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

std::size_t widest_line(const std::string& text) {
    std::size_t widest = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        widest = std::max(widest, display_width(text.substr(begin, end - begin)));
        begin = end + 1;
    }
    return widest;
}

report::DeviceSummary course(std::vector<report::CurvePoint> points) {
    report::DeviceSummary device;
    device.figures.has_trace = true;
    device.figures.event_count = points.back().event + 1;
    device.curve = std::move(points);
    return device;
}

}  // namespace

TEST_CASE("text stays within 80 columns with long function names") {
    const std::string name = std::string(3000, 'x') + "\x1b[31m\n";
    const std::string text = summary_text(summary_of(5, name), {});
    CHECK(widest_line(text) <= 80);
    CHECK(text.find('\x1b') == std::string::npos);
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
    CHECK(text.find("a\\|b &lt;img&gt; &#64;team \\*x\\* \\`y\\`") != std::string::npos);
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
