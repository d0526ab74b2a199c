#include <atomic>
#include <fstream>
#include <functional>

#include "sample.hpp"
#include "support/catch.hpp"

namespace snapq::tests {
namespace {

TEST_CASE("a conversion reports counts and sizes", "[threads]") {
    const ScratchFolder folder;
    const ConvertResult result = convert_snapshot(k_sample_snapshot, folder / "out.zip");
    CHECK(result.input == k_sample_snapshot);
    CHECK(result.output == folder / "out.zip");
    CHECK(result.input_bytes == std::filesystem::file_size(k_sample_snapshot));
    CHECK(result.output_bytes == std::filesystem::file_size(folder / "out.zip"));
    CHECK(result.devices == 1);
    CHECK(result.events > 0);
    CHECK(result.allocations > 0);
    CHECK(result.stacks > 0);
    CHECK(result.points > result.allocations);
    CHECK(result.timeline_bytes > 0);
    CHECK(result.database_bytes > 0);
    CHECK(folder.names() == std::vector<std::string>{"out.zip"});
}

TEST_CASE("a dry run reads everything and writes nothing", "[threads]") {
    const ScratchFolder folder;
    ConvertOptions options;
    options.dry_run = true;
    const ConvertResult result = convert_snapshot(k_sample_snapshot, folder / "out.zip", options);
    CHECK(result.events > 0);
    CHECK(result.output.empty());
    CHECK(folder.names().empty());
}

TEST_CASE("a directory has the same database as a zip file", "[threads]") {
    const ScratchFolder folder;
    ConvertOptions options;
    options.layout = Layout::directory;
    options.compression = Compression::zstd;
    options.level = 3;
    convert_snapshot(k_sample_snapshot, folder / "out", options);
    const Archive archive(folder / "out");
    CHECK(archive.kind() == ArchiveKind::snapq_directory);
    CHECK(archive.entries().front().method == "store");
    CHECK(archive.devices() == Archive(sample_archive()).devices());
}

TEST_CASE("an existing output is replaced only when asked", "[threads]") {
    const ScratchFolder folder;
    const std::string output = folder.file("out.zip", "precious");
    CHECK_THROWS_AS(convert_snapshot(k_sample_snapshot, output), UsageError);
    CHECK(read_file(output) == "precious");
    ConvertOptions options;
    options.replace = true;
    convert_snapshot(k_sample_snapshot, output, options);
    CHECK(Archive(output).kind() == ArchiveKind::snapq_zip);
}

TEST_CASE("an output is never its own input", "[threads]") {
    const ScratchFolder folder;
    const std::string input = folder.file("run.pickle", read_file(k_sample_snapshot));
    ConvertOptions options;
    options.replace = true;
    CHECK_THROWS_AS(convert_snapshot(input, input, options), UsageError);
    CHECK(read_file(input) == read_file(k_sample_snapshot));
}

TEST_CASE("an unusable input leaves no output and names the file and the byte", "[threads]") {
    const ScratchFolder folder;
    const std::string input = folder.file("cut.pickle", read_file(k_sample_snapshot).substr(0, 1000));
    try {
        convert_snapshot(input, folder / "out.zip");
        FAIL("converted a cut snapshot");
    } catch (const InputError& error) {
        CHECK(error.file() == input);
        CHECK(error.offset() == 1000);
        CHECK(std::string(error.what())
                  .starts_with(input + ": truncated: the file ends at byte 1000, inside "));
        CHECK(error.hint() != "");
    }
    CHECK(folder.names() == std::vector<std::string>{"cut.pickle"});
}

TEST_CASE("options out of their range are refused", "[threads]") {
    const ScratchFolder folder;
    const auto check_refused = [&](const std::function<void(ConvertOptions&)>& change) {
        ConvertOptions options;
        change(options);
        CHECK_THROWS_AS(convert_snapshot(k_sample_snapshot, folder / "out.zip", options), UsageError);
    };
    check_refused([](ConvertOptions& options) { options.level = 4; });
    check_refused([](ConvertOptions& options) { options.level = -1; });
    check_refused([](ConvertOptions& options) {
        options.compression = Compression::store;
        options.level = 1;
    });
    check_refused([](ConvertOptions& options) { options.threads = 257; });
    check_refused([](ConvertOptions& options) { options.device = -2; });
    check_refused([](ConvertOptions& options) { options.rank = -1; });
    check_refused([](ConvertOptions& options) { options.max_points = 3; });
    check_refused([](ConvertOptions& options) { options.labels[""] = "x"; });
    check_refused([](ConvertOptions& options) {
        for (int i = 0; i < 1001; ++i) options.labels[std::to_string(i)] = "x";
    });
    CHECK_THROWS_AS(convert_snapshot(k_sample_snapshot, ""), UsageError);
    CHECK(folder.names().empty());
}

TEST_CASE("a device that the snapshot does not have is an InputError", "[threads]") {
    const ScratchFolder folder;
    ConvertOptions options;
    options.device = 7;
    CHECK_THROWS_AS(convert_snapshot(k_sample_snapshot, folder / "out.zip", options), InputError);
}

TEST_CASE("an output in a directory that is missing is a SystemError", "[threads]") {
    const ScratchFolder folder;
    CHECK_THROWS_AS(convert_snapshot(k_sample_snapshot, folder / "none/out.zip"), SystemError);
}

TEST_CASE("progress reaches the size of the input", "[threads]") {
    const ScratchFolder folder;
    std::atomic<std::uint64_t> read = 0;
    ConvertOptions options;
    options.on_progress = [&](const ConvertProgress& progress) {
        if (progress.phase == "reading") read = progress.done;
    };
    const ConvertResult result = convert_snapshot(k_sample_snapshot, folder / "out.zip", options);
    CHECK(read == result.input_bytes);
}

}  // namespace
}  // namespace snapq::tests
