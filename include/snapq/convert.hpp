// Converts a PyTorch CUDA memory snapshot to an archive. The other headers of this directory answer questions
// about archives.
//
//     const snapq::ConvertResult result = snapq::convert_snapshot("run.pickle", "run.zip");
//     std::cout << result.allocations << " allocations\n";
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace snapq {

enum class Layout : std::uint8_t { zip, directory };

enum class Compression : std::uint8_t {
    deflate,  // every zip tool opens it
    zstd,     // smaller, but needs a zip tool that knows zstd
    store,    // not compressed
};

// Which part of the memory that was allocated before the recording began is counted.
enum class Preexisting : std::uint8_t {
    all,    // all of it, as the device really held it
    freed,  // only what the trace frees, as SnapViewer's converter does
};

// The progress of a conversion. In the phase "reading", `done` and `total` count bytes of the input, and
// `total` is 0 if it is not known; in the phase "writing", they count points of the timelines.
struct ConvertProgress {
    std::string_view phase{};  // for people; later versions may add phases; valid during the call
    std::uint64_t done = 0;
    std::uint64_t total = 0;
};

// Called often, by any thread of the conversion and by several of them at the same time. It must not throw.
using ProgressCallback = std::function<void(const ConvertProgress&)>;

// Later versions add members at the end only.
struct ConvertOptions {
    Layout layout = Layout::zip;
    Compression compression = Compression::deflate;  // Layout::directory never compresses
    std::optional<int> level{};            // deflate: 0 to 3, zstd: 1 to 19; empty: the default of the method
    unsigned threads = 0;                  // at most 256; 0: the number of cores, at most 4
    std::optional<std::int64_t> device{};  // from 0, or -1: pinned host memory; empty: all devices
    Preexisting preexisting = Preexisting::all;
    // The largest number of points of one element in the timeline (allocations.json): at least 4, or 0 for no
    // limit. Empty: all points if they fit into a budget, otherwise as many as fit. The budget is the largest
    // of 50 million points, half a point for each unpacked byte of the input, and 64 points for each event.
    std::optional<std::uint64_t> max_points{};
    std::map<std::string, std::string> labels{};  // kept in the archive, at most 1000; keys are not empty
    // The rank of the recorded process in its job, from 0. The archive keeps it. convert() never takes it
    // from the name of a file.
    std::optional<std::int64_t> rank{};
    bool replace = false;            // whether an existing output is replaced
    bool dry_run = false;            // reads everything, writes nothing
    ProgressCallback on_progress{};  // may be empty
};

// Later versions add members at the end only.
struct ConvertResult {
    std::string input{};               // as given; "stdin" for "-"
    std::string output{};              // as given; empty after a dry run
    std::uint64_t input_bytes = 0;     // as read from the file
    std::uint64_t output_bytes = 0;    // size of the archive; an estimate after a dry run
    std::uint64_t timeline_bytes = 0;  // JSON of all devices, not compressed; an estimate after a dry run
    std::uint64_t database_bytes = 0;  // database, not compressed; an estimate after a dry run
    std::uint64_t devices = 0;
    std::uint64_t events = 0;  // in the traces of all devices
    std::uint64_t allocations = 0;
    std::uint64_t stacks = 0;             // different call stacks
    std::uint64_t points = 0;             // of the timelines
    std::vector<std::string> warnings{};  // sentences for people
};

// Converts `input`: a pickle, JSON, the HTML of PyTorch's tools or a torch.save file, also inside gzip or
// zstd; "-" is standard input. Nothing in the input is executed.
//
// `output` becomes a zip file or a directory, as options.layout says. It appears complete or not at all:
// after an exception, what was there before is unchanged.
//
// Throws UsageError for wrong options and for an output that exists (unless options.replace), InputError for
// an input that is not a usable snapshot or has several of them, SystemError when the output cannot be
// written or no thread can be started.
//
// Blocks until the conversion has ended. All threads that it starts have ended by then. It installs no signal
// handlers. Any number of threads may call it at the same time.
ConvertResult convert_snapshot(const std::filesystem::path& input, const std::filesystem::path& output,
                               const ConvertOptions& options = {});

}  // namespace snapq
