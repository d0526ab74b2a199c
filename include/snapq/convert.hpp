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

// Memory that was allocated before the recording began.
enum class Preexisting : std::uint8_t {
    all,    // all of it counts, which is what the device really held
    freed,  // only what the trace frees, as SnapViewer's converter does
};

// How far a conversion is. In the phase "reading", `done` and `total` count bytes of the input, and `total`
// is 0 if it is not known; in the phase "writing", they count points of the timelines.
struct ConvertProgress {
    std::string_view phase{};  // for people; later versions may add phases; valid during the call
    std::uint64_t done = 0;
    std::uint64_t total = 0;
};

// Called often, from any thread of the conversion and from several at once. It must not throw.
using ProgressCallback = std::function<void(const ConvertProgress&)>;

// Later versions add members at the end only.
struct ConvertOptions {
    Layout layout = Layout::zip;
    Compression compression = Compression::deflate;  // Layout::directory never compresses
    std::optional<int> level{};            // deflate: 0 to 3, zstd: 1 to 19; empty: the default of the method
    unsigned threads = 0;                  // at most 256; 0: the number of cores, at most 4
    std::optional<std::int64_t> device{};  // from 0, or -1: pinned host memory; empty: all devices
    Preexisting preexisting = Preexisting::all;
    // Most points of one element in the timeline (allocations.json): at least 4, or 0 for all points. Empty:
    // all points, unless they are more than the largest of 50 million, half a point for each unpacked byte of
    // the input, and 64 for each event; then as many as fit.
    std::optional<std::uint64_t> max_points{};
    std::map<std::string, std::string> labels{};  // kept in the archive, at most 1000; keys are not empty
    std::optional<std::int64_t> rank{};  // kept in the archive; from 0. File names are not searched for it
    bool replace = false;                // replace an existing output
    bool dry_run = false;                // read everything, write nothing
    ProgressCallback on_progress{};      // may be empty
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
    std::uint64_t events = 0;  // of the traces of all devices
    std::uint64_t allocations = 0;
    std::uint64_t stacks = 0;             // different call stacks
    std::uint64_t points = 0;             // of the timelines
    std::vector<std::string> warnings{};  // what the user should know, a sentence each
};

// Converts `input`: a pickle, JSON, the HTML of PyTorch's tools or a torch.save file, also inside gzip or
// zstd; "-" is standard input. Nothing in the input is executed.
//
// `output` becomes a zip file or a directory, as options.layout says. It appears whole or not at all: after
// an exception it is as it was before.
//
// Throws UsageError for wrong options and for an output that exists (unless options.replace), InputError for
// an input that is not a usable snapshot or has several of them, SystemError when the output cannot be
// written or no thread can be started.
//
// Blocks until the archive is there; all threads that it starts have ended by then. It installs no signal
// handlers. Any number of threads may convert at the same time.
ConvertResult convert_snapshot(const std::filesystem::path& input, const std::filesystem::path& output,
                               const ConvertOptions& options = {});

}  // namespace snapq
