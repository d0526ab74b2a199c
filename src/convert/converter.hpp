// Converts snapshot files to archives.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/temporaries.hpp"
#include "report/archive_report.hpp"
#include "snapshot/model.hpp"
#include "timeline/replay/elements.hpp"
#include "timeline/stacked/stacked_timeline.hpp"
#include "zip/chunk.hpp"

namespace snapq::convert {

enum class Layout : std::uint8_t { zip, directory };

struct ConvertOptions {
    Layout layout = Layout::zip;
    std::optional<std::int64_t> device;  // empty: all
    timeline::Preexisting preexisting = timeline::Preexisting::all;
    zip::Compression compression = zip::Compression::deflate;
    std::optional<int> level;  // empty: the default level of the method
    unsigned threads = 1;      // threads that render, compress and build the database
    timeline::PointLimit points;
    std::map<std::string, std::string> labels;
    std::optional<std::int64_t> rank;
    bool force = false;    // replaces an existing output
    bool dry_run = false;  // estimates the sizes and writes nothing
};

// The number of processor cores, at most 4. More threads hardly help, because decoding takes one thread, and
// each thread needs memory.
[[nodiscard]] unsigned default_threads();

// Called often and from any thread of the conversion. `total` is 0 when it is not known. Must not throw.
using Progress = std::function<void(std::string_view phase, std::uint64_t done, std::uint64_t total)>;

// Converts `input` (a path, or "-" for standard input) to `output` (a zip file or a directory, see Layout).
// The output appears complete or not at all. Throws UsageError before it reads the input when the output
// exists and `force` is false. Throws InputError when the input is not a usable snapshot or has several of
// them, SystemError when the output cannot be written. Several threads may call it at the same time.
report::ConvertReport convert_file(const std::string& input, const std::string& output,
                                   const ConvertOptions& options, const Progress& progress = {});

// The same for a zip file that is needed for a moment only, written to an unnamed file. `options.layout` must
// be zip; `force` and `dry_run` have no effect.
report::ConvertReport convert_file(const std::string& input, const io::TempFile& output,
                                   const ConvertOptions& options, const Progress& progress = {});

// One of the snapshots of an input.
struct Part {
    snapshot::SnapshotKey key;
    std::size_t number = 0;  // from 0, in the order of the input
    bool is_only = false;    // the input is this snapshot and nothing else
};

struct PartTarget {
    std::string output;
    std::optional<std::int64_t> rank;
    bool keep = false;  // the existing archive is kept
};

// Chooses the output of a part. It is called once for each part, in their order. Throws UsageError when the
// output may not be written.
using NamePart = std::function<PartTarget(const Part& part)>;

// Converts each snapshot of `input` to an archive of its own and reports it to `on_done`. Each archive
// appears complete or not at all; those of the pickles before a damaged one remain. Throws as `convert_file`
// does.
void convert_parts(const std::string& input, const NamePart& name, const ConvertOptions& options,
                   const std::function<void(const report::ConvertReport&)>& on_done,
                   const Progress& progress = {});

struct BatchItem {
    std::string input;
    std::string output;
    ConvertOptions options;
    NamePart name_part = {};  // if set, convert_parts converts the input, and `output` is not used
    // If set, it is called in the thread that would convert. If it returns true, the existing archive is
    // kept, and nothing is converted.
    std::function<bool()> keeps_output = {};
};

struct BatchResult {
    std::vector<report::ConvertReport>
        reports;               // of the archives that were written or kept: one, or one for each part
    std::exception_ptr error;  // null when the conversion succeeded
};

// Converts several inputs, `jobs` at a time. A failure does not stop the other conversions. Calls `on_done`
// in the calling thread and in the order of the items, for each item as soon as it and all items before it
// have ended.
void convert_batch(const std::vector<BatchItem>& items, unsigned jobs,
                   const std::function<void(const BatchItem&, const BatchResult&)>& on_done,
                   const Progress& progress = {});

}  // namespace snapq::convert
