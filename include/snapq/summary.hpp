// What took the memory of a device, and when: the answers of `snapq summary`.
//
//     const snapq::Summary summary = snapq::summarize(archive);
//     for (const snapq::DeviceSummary& device : summary.devices()) {
//         std::cout << device.figures.peak_requested_bytes.value_or(0) << '\n';
//     }
//
// Units: bytes, Unix microseconds, indexes of events in the trace of the device (-1: before the first event),
// and timesteps of allocations.json. An empty std::optional means that the archive does not have the figure;
// 0 never means that. docs/snapshots.md defines each figure. Later versions add members to the structs at the
// end only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "snapq/archive.hpp"

namespace snapq {

struct SummaryOptions {
    // The moment that is shown: "peak", "reserved-peak", "start", "end", "oom", "oom:N", "event:N", "time:US"
    // (Unix microseconds), "+1.5ms" (since the first event; us, ms, s, min), "timestep:N", "span:NAME",
    // "span:NAME#N", "step:N". N counts from 0.
    std::string at = "peak";
    // The key of the rows: "site", "user-frame", "op", "function", "file", "stack", "node", "stream", "pool",
    // "size", "state", "metadata", "pytorch-category", "category", "phase", "module"; or "tree", which fills
    // DeviceSummary::tree instead of rows.
    std::string by = "site";
    // Only with by = "user-frame": what the paths of user code begin with.
    std::vector<std::string> user_prefixes{};
    std::optional<std::int64_t> device{};  // empty: all devices
    std::size_t top = 10;                  // number of rows for each device; 0: all, up to 4 MiB of them
    // "MOMENT..MOMENT": the peaks are looked for in this part of the trace. Empty: in the whole trace.
    std::string window{};
    // With by = "site" or "user-frame": the number of lines of code that name a row, from 1.
    std::size_t site_depth = 1;
    // Frames of the largest stack of each row, for `stack`: "" for none, "python", or "all" with C++ frames.
    // With by = "tree": "all" puts the C++ frames into the tree, too.
    std::string stacks{};
    // With by = "module": modules in a name, the outermost ones. With by = "tree": levels of the tree, up to
    // 200. 0: all.
    std::size_t depth = 0;
    // With by = "tree": calls with a smaller share of the memory are left out; from 0 to 1.
    double min_share = 0.01;
    // Categories of your own, which come before those of the archive: the text of a file for --rules
    // (docs/categories.md). Empty: none.
    std::string rules{};
};

struct DeviceFigures {
    std::int64_t device = 0;
    std::optional<std::int64_t> event_count{};
    std::optional<std::int64_t> allocation_count{};
    bool has_trace = false;  // false: only the state at the dump was recorded
    bool complete = true;    // false: events are missing, so peaks are lower bounds
    std::optional<std::int64_t> preexisting_bytes{};
    std::optional<std::int64_t> peak_requested_bytes{};
    std::optional<std::int64_t> peak_event{};
    std::optional<std::int64_t> peak_timestep{};
    std::optional<std::int64_t> peak_time_us{};
    std::optional<std::int64_t> reserved_at_peak_bytes{};
    std::optional<std::int64_t> peak_reserved_bytes{};
    std::optional<std::int64_t> peak_reserved_event{};
    std::optional<std::int64_t> end_requested_bytes{};
    std::optional<std::int64_t> end_allocated_bytes{};
    std::optional<std::int64_t> end_active_bytes{};
    std::optional<std::int64_t> end_reserved_bytes{};
    std::optional<std::int64_t> unfreed_bytes{};
    std::optional<std::int64_t> pending_bytes{};
    std::optional<std::int64_t> growth_bytes{};  // requested at the end minus before the first event
    std::optional<std::int64_t> oom_events{};
    std::optional<std::int64_t> first_time_us{};
    std::optional<std::int64_t> last_time_us{};
    std::string kind = "cuda";  // "cuda": an accelerator; "host": pinned host memory, device host_device
};

// How reserved bytes were used: requested + rounding + cached + stranded = reserved.
struct Fragmentation {
    std::string moment{};
    bool estimated = true;
    std::optional<std::int64_t> reserved_bytes{};
    std::optional<std::int64_t> requested_bytes{};
    std::optional<std::int64_t> rounding_bytes{};
    std::optional<std::int64_t> cached_bytes{};    // whole free segments
    std::optional<std::int64_t> stranded_bytes{};  // free inside segments that are in use
    std::optional<std::int64_t> largest_hole_bytes{};
    std::optional<std::int64_t> largest_cached_segment_bytes{};
};

// What one key, such as a site, held at a moment.
struct LiveRow {
    std::string key{};    // the same in every archive of the same program
    std::string label{};  // the key for people
    std::int64_t bytes = 0;
    std::int64_t count = 0;  // allocations
    std::optional<std::string> file{};
    std::optional<std::int64_t> line{};
    std::optional<std::string> function{};
    std::optional<std::string> op{};
    std::optional<std::int64_t> stack_id{};  // id of the row's largest stack, in the table `stacks`
    // Frames of that stack, innermost first, such as "model.py:7 forward"; a C++ frame is its function.
    // Filled only if SummaryOptions::stacks asks for it, up to 4 MiB for all rows together.
    std::vector<std::string> stack{};
};

// Out-of-memory events with the same call stack and the same requested bytes, as when a program tries again.
struct OomReport {
    std::int64_t number = 0;  // of the first of these events, whose moment is "oom:NUMBER"
    std::int64_t event = 0;
    std::int64_t attempts = 1;
    std::optional<std::int64_t> time_us{};
    std::optional<std::int64_t> asked_bytes{};
    std::optional<std::int64_t> device_free_bytes{};  // as the driver reported it
    std::optional<std::int64_t> requested_bytes{};    // live at that event
    std::optional<std::int64_t> reserved_bytes{};
    std::optional<bool> fits_without_fragmentation{};
    std::string site{};  // for people: the site of the request
    std::optional<Fragmentation> fragmentation{};
    std::vector<LiveRow> top{};         // what was live at that event
    std::optional<std::string> pool{};  // of the request
    std::optional<std::int64_t> stream{};
    std::optional<std::int64_t> usable_bytes{};          // free memory that could serve the request
    std::optional<std::int64_t> usable_largest_bytes{};  // the largest piece of it
};

// The live memory of one category at a moment. The bytes of all categories add up to the bytes that are
// requested at that moment.
struct CategoryBytes {
    std::string category{};  // "parameter", "gradient", "activation", ...; or a name in SummaryOptions::rules
    std::int64_t bytes = 0;
    std::int64_t count = 0;                   // allocations
    std::int64_t before_recording_bytes = 0;  // of `bytes`: allocated before the first event
};

// The memory that one step of the program needs. In training, a step is one iteration.
struct StepCost {
    std::int64_t step = 0;  // from 0; "step:STEP" is the moment of its peak
    std::int64_t start_event = 0;
    std::int64_t end_event = 0;    // the last one of the step
    std::int64_t start_bytes = 0;  // before start_event
    std::int64_t peak_bytes = 0;
    std::int64_t peak_event = 0;
    std::int64_t end_bytes = 0;
    std::int64_t allocated_bytes = 0;  // by the allocs of the step
};

// The table `steps` has all of them.
struct StepSummary {
    // How they were found: "profiler_step", "optimizer_span", "optimizer", "span", "period".
    std::string basis{};
    std::int64_t count = 0;  // from 1
    StepCost first{};
    StepCost typical{};  // with the median of the peaks, the lower one of two in the middle
    StepCost largest{};  // with the highest peak
    StepCost last{};
};

struct Frame {
    std::string name{};  // for people: "model.py:7 forward"; of a C++ frame its function
    std::optional<std::string> file{};
    std::optional<std::int64_t> line{};
    std::optional<std::string> function{};  // empty for memory without frames, such as "[before recording]"
};

// A frame and what all stacks through it hold: `bytes` are `own_bytes`, those of the children, and
// `left_out_bytes`.
struct Call {
    Frame frame{};
    // Frames between the caller and this one that hold exactly the same memory, outermost first.
    std::vector<Frame> chain{};
    std::int64_t bytes = 0;
    std::int64_t count = 0;  // allocations
    std::int64_t before_recording_bytes = 0;
    std::int64_t own_bytes = 0;  // allocated by this frame itself
    std::int64_t own_count = 0;
    std::int64_t left_out_bytes = 0;  // of calls that are not shown: too small, too deep, or too many
    std::vector<Call> children{};     // most bytes first
};

struct DeviceSummary {
    DeviceFigures figures{};
    // For people; empty: not known, or the peak was reached before the first event.
    std::optional<std::string> peak_site{};
    std::string at{};  // the moment of the members from `at_event` to `live_count`
    std::optional<std::int64_t> at_event{};
    std::vector<LiveRow> top{};    // most bytes first
    std::int64_t other_keys = 0;   // keys that are not in `top`
    std::int64_t other_bytes = 0;  // their bytes
    std::int64_t live_bytes = 0;   // of all keys
    std::int64_t live_count = 0;   // of all keys
    std::optional<Fragmentation> fragmentation{};
    std::vector<OomReport> ooms{};
    std::vector<std::string> remarks{};  // sentences for people
    // What the categories were derived from: "recorded", "both_stacks", "alloc_stack" or "none". Empty for an
    // archive without categories, which an earlier version made.
    std::string category_basis{};
    // Most bytes first. Empty at moments that were not prepared (event:N, time:US and so on), unless there
    // are rules.
    std::vector<CategoryBytes> categories{};
    std::optional<StepSummary> steps{};  // empty: no steps were found
    std::vector<Call> tree{};            // the outermost frames, with by = "tree"
};

// Copies are cheap, because they share their content. Any number of threads may use one object at the same
// time.
class Summary {
public:
    // Moving makes a copy, so that no Summary is left without content.
    Summary(const Summary&) = default;
    Summary& operator=(const Summary&) = default;

    [[nodiscard]] const std::vector<DeviceSummary>& devices() const;
    // Anomalies of the snapshot and of the devices in this summary.
    [[nodiscard]] const std::vector<Anomaly>& anomalies() const;
    // About the archive as a whole; sentences for people.
    [[nodiscard]] const std::vector<std::string>& remarks() const;

    // The outputs of `snapq summary --format json, text, markdown, csv`; each ends with a line feed.
    [[nodiscard]] std::string to_json() const;
    [[nodiscard]] std::string to_text() const;
    [[nodiscard]] std::string to_markdown() const;
    [[nodiscard]] std::string to_csv() const;

private:
    friend Summary summarize(const Archive& archive, const SummaryOptions& options);
    struct Impl;
    explicit Summary(std::shared_ptr<const Impl> impl);
    std::shared_ptr<const Impl> m_impl;
};

// Throws UsageError for wrong options, also for a device or a moment that the archive does not have. Throws
// InputError for a damaged archive and for one that lacks the data that are needed. If only some devices have
// the moment, the others are left out and a remark says so.
[[nodiscard]] Summary summarize(const Archive& archive, const SummaryOptions& options = {});

}  // namespace snapq
