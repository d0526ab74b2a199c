#include "archive/timeline_scanner.hpp"

#include <zlib.h>

#include <algorithm>
#include <filesystem>

#include "support/archive_fixture.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/skip.hpp"

using namespace snapq;
using namespace snapq::archive;
using namespace snapq::tests;
using Catch::Matchers::Contains;

namespace {

// Returns a few bytes at a time.
class Text final : public ByteSource {
public:
    explicit Text(std::string text, std::size_t step = 3) : m_text(std::move(text)), m_step(step) {}
    std::size_t read(std::span<char> into) override {
        const std::size_t count = std::min({into.size(), m_step, m_text.size() - m_position});
        std::copy_n(m_text.data() + m_position, count, into.data());
        m_position += count;
        return count;
    }
    [[nodiscard]] std::uint64_t consumed() const override { return m_position; }

private:
    std::string m_text;
    std::size_t m_step;
    std::size_t m_position = 0;
};

std::vector<ScannedElement> scanned(const std::string& text, std::size_t step = 3) {
    Text source(text, step);
    TimelineScanner scanner(source);
    std::vector<ScannedElement> elements;
    while (const auto element = scanner.next()) elements.push_back(*element);
    CHECK_FALSE(scanner.next().has_value());
    return elements;
}

std::string scan_refusal(const std::string& text) {
    try {
        scanned(text);
    } catch (const InputError& error) {
        CHECK(error.offset().has_value());
        return error.message();
    }
    return "accepted";
}

std::string gunzipped(const std::string& path) {
    std::string text;
    gzFile file = ::gzopen(path.c_str(), "rb");
    std::string buffer(1 << 20, '\0');
    for (int count = 0; (count = ::gzread(file, buffer.data(), 1 << 20)) > 0;)
        text.append(buffer, 0, static_cast<std::size_t>(count));
    ::gzclose(file);
    return text;
}

}  // namespace

TEST_CASE("timelines of snapq and of SnapViewer give the same elements") {
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
        const auto ours = scanned(k_timeline_0, step);
        const auto theirs = scanned(k_snapviewer_timeline, step);
        REQUIRE(ours.size() == 3);
        REQUIRE(theirs.size() == 3);
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK(ours[i].size == theirs[i].size);
            CHECK(ours[i].last_timestep == theirs[i].last_timestep);
        }
        CHECK(ours[2].size == 2048);
        CHECK(ours[2].first_timestep == 1);
        CHECK(ours[2].last_timestep == 7);
        CHECK(ours[2].points == 4);
        CHECK(ours[1].offset == k_timeline_0.find('\n') + 1);
    }
    CHECK(scanned("[]").empty());
    CHECK(scanned(" [ ] \n").empty());
}

TEST_CASE("members may come in any order, numbers up to 63 bits") {
    const auto elements =
        scanned(R"([{"size":9223372036854775807,"offsets":[1],"timesteps":[9223372036854775807]}])");
    REQUIRE(elements.size() == 1);
    CHECK(elements[0].size == 9223372036854775807);
    CHECK(elements[0].first_timestep == 9223372036854775807);
}

TEST_CASE("text that is not a timeline is refused with the offset") {
    CHECK_THAT(scan_refusal(""), Contains("ends inside"));
    CHECK_THAT(scan_refusal("{}"), Contains("expected '['"));
    CHECK_THAT(scan_refusal("[{}]"), Contains("expected '\"'"));
    CHECK_THAT(scan_refusal(R"([{"size":1}])"), Contains("has no timesteps"));
    CHECK_THAT(scan_refusal(R"([{"size":1,"size":2}])"), Contains("twice"));
    CHECK_THAT(scan_refusal(R"([{"colour":1}])"), Contains("colour"));
    CHECK_THAT(scan_refusal(R"([{"a_very_long_member_name":1}])"), Contains("too long for an element"));
    CHECK_THAT(scan_refusal(R"([{"timesteps":[1,2],"offsets":[1],"size":1}])"),
               Contains("2 timesteps and 1 offsets"));
    CHECK_THAT(scan_refusal(R"([{"timesteps":[],"offsets":[],"size":1}])"), Contains("0 timesteps"));
    CHECK_THAT(scan_refusal(R"([{"timesteps":[2,1],"offsets":[1,1],"size":1}])"), Contains("decrease"));
    CHECK_THAT(scan_refusal(R"([{"timesteps":[1],"offsets":[-1],"size":1}])"), Contains("expected a number"));
    CHECK_THAT(scan_refusal(R"([{"timesteps":[1],"offsets":[1],"size":9223372036854775808}])"),
               Contains("63 bits"));
    CHECK_THAT(scan_refusal(R"([{"timesteps":[1],"offsets":[1],"size":1.5}])"), Contains("expected '}'"));
    CHECK_THAT(scan_refusal("[] []"), Contains("after the end"));
    CHECK_THAT(scan_refusal("[,]"), Contains("expected '{'"));
}

TEST_CASE("a timeline cut anywhere is an error") {
    for (std::size_t at = 0; at + 1 < k_timeline_0.size(); ++at) {
        CHECK(scan_refusal(k_timeline_0.substr(0, at)) != "accepted");
    }
}

TEST_CASE("the timelines of real snapshots are read") {
    const std::string folder = SNAPQ_SOURCE_DIR "/../shared/corpus/expected";
    if (!std::filesystem::exists(folder)) return snapq::tests::skip_test("there are no recorded snapshots");
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        if (!file.path().string().ends_with("allocations.json.gz")) continue;
        INFO(file.path().filename());
        const std::string text = gunzipped(file.path().string());
        std::size_t expected = 0;
        for (std::size_t at = 0; (at = text.find("\"size\"", at)) != std::string::npos; ++at) ++expected;
        CHECK(scanned(text, 65'536).size() == expected);
    }
}
