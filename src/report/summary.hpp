// The result of `summary` as plain data, and how the archives of a job compare row by row, and in groups.
// Filled by analysis, printed by render.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "report/check.hpp"
#include "report/figures.hpp"
#include "report/live_rows.hpp"
#include "support/boxed.hpp"
#include "support/devices.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::report {

// The distribution of a figure over the archives that have it.
struct Spread {
    std::int64_t archives = 0;
    std::int64_t sum = 0;
    std::int64_t minimum = 0;
    std::int64_t median = 0;
    std::int64_t maximum = 0;
    std::int64_t mad = 0;  // median absolute deviation from the median
};

// The name of one archive among several in a result.
struct NamedArchive {
    UntrustedText archive;
    MaybeInteger rank;
};

// How the bytes of one key, such as a site, differ between archives.
struct AcrossRow : Key {
    std::int64_t holders = 0;            // archives in which the key is live
    Spread bytes;                        // over all archives; an archive without the key counts as 0
    bool is_exact = true;                // false: median and mad are rounded, see analysis::AcrossRanks
    NamedArchive most;                   // the first one with `bytes.maximum`
    std::vector<NamedArchive> explains;  // outliers whose difference this key explains, or a part of it
};

// Archives with the same value of a label.
struct RankGroup {
    std::optional<UntrustedText> value;  // nullopt: the archives without the label
    Spread peak_requested;
    NamedArchive most;  // the first one with the highest peak
    std::int64_t outliers = 0;
    std::int64_t oom_events = 0;
};

struct CurvePoint {
    std::int64_t event = -1;
    std::int64_t requested_bytes = 0;
    MaybeInteger reserved_bytes;
};

// A site at an OOM, and the bytes of the same site on the other devices at their peaks.
struct OomSite {
    LiveRow row;
    std::vector<std::int64_t> other_bytes;  // in the order of OomReport::other_devices
};

// Free or pending memory that could not serve a request.
struct UnusableMemory {
    // pool, stream, size_class, max_split_size, rest_of_block or pending; docs/archive-format.md explains
    // them.
    std::string reason;
    std::optional<UntrustedText> pool;               // the pool that has the memory
    std::optional<UntrustedText> stream_label = {};  // "stream 0"
    MaybeInteger stream;
    std::int64_t bytes = 0;
    std::int64_t largest_bytes = 0;  // the largest contiguous piece
};

// One or several OOM events of one site that asked for the same size, because the program tried again.
struct OomReport {
    std::int64_t number = 0;  // of the first event, as in `--at oom:NUMBER`
    std::int64_t event = 0;
    std::int64_t last_event = 0;
    std::int64_t attempts = 1;
    MaybeInteger time_us;
    MaybeInteger asked_bytes;
    MaybeInteger device_free_bytes;  // as the driver reported it
    MaybeInteger requested_bytes;    // live
    MaybeInteger reserved_bytes;
    MaybeInteger short_bytes;  // bytes that were asked for but not free on the device
    std::optional<bool> fits_without_fragmentation;
    std::string verdict_lacks;  // what is missing for a verdict; "" if there is one
    std::optional<UntrustedText> pool;
    bool pool_inferred = false;  // the event does not name its pool
    MaybeInteger stream;
    std::optional<UntrustedText> stream_label;  // "stream 0", as --by stream
    MaybeInteger segment_bytes;                 // the size of the segment that the driver was asked for
    MaybeInteger usable_bytes;                  // free memory in segments that could serve this request
    MaybeInteger usable_largest_bytes;
    std::vector<UnusableMemory> unusable;  // most bytes first
    Key site;
    MaybeInteger stack_id;
    std::optional<Fragmentation> fragmentation;
    MaybeInteger largest_hole_bytes;
    std::vector<OomSite> top;
    std::vector<std::int64_t> other_devices;

    // Whether this estimate finds a free piece that was large enough. If it does, the request must have
    // failed because of a limit, or because blocks are larger than their requests.
    [[nodiscard]] bool had_usable_block() const {
        return asked_bytes && usable_largest_bytes && *usable_largest_bytes >= *asked_bytes;
    }
};

// Memory that the program had freed at a moment, and that another stream may still have used.
struct PendingFrees {
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    // These describe the allocation that was freed first. nullopt: it was freed before the trace.
    MaybeInteger first_event;
    std::optional<Key> freed_by;
    std::optional<Key> allocated_by;
};

// The live memory of one category.
struct CategoryBytes {
    UntrustedText category;  // parameter, gradient, activation, …
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    OlderPart older;  // of `bytes` and `count`
};

struct StepSummary {
    UntrustedText basis;  // how steps were found: profiler_step, optimizer_span, optimizer, span, period
    std::int64_t count = 0;
    StepCost first;
    StepCost typical;  // its peak is the median; of two in the middle, the lower one
    StepCost largest;  // with the highest peak
    StepCost last;
};

// A site that left memory in several separate steps, see timeline/tables/makers.hpp.
struct LeakSuspect : Key {
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    std::int64_t steps = 0;  // in which the site left memory
    std::int64_t first_event = 0;
    std::int64_t last_event = 0;
    std::string basis;  // how steps were found: "spans", "period"

    [[nodiscard]] std::int64_t bytes_per_step() const { return steps > 0 ? bytes / steps : bytes; }
};

struct DeviceSummary {
    DeviceFigures figures;
    std::optional<Key> peak_site;  // nullopt: not known, or the peak was before the first event

    UntrustedText window;  // in which peaks were looked for; empty: the whole trace
    UntrustedText at;      // the moment of `top` and `fragmentation`, such as "peak"
    MaybeInteger at_event;
    std::string by;
    std::vector<LiveRow> top;
    OlderPart older;        // of all live bytes, whatever their row
    Boxed<LiveRow> others;  // the sum of all further rows
    std::int64_t other_keys = 0;
    std::int64_t live_bytes = 0;
    std::int64_t live_count = 0;
    Boxed<CallTree> tree;  // instead of `top`, if `by` is "tree"
    std::optional<Fragmentation> fragmentation;

    // The sites with the most bytes at the peak (at the dump without a trace), whatever `at` and `by` are.
    std::vector<LiveRow> peak_sites;

    // At the moment of `top`, the most bytes first. Empty: not known, because the archive has no categories
    // or the moment is not prepared.
    std::vector<CategoryBytes> categories;
    UntrustedText
        category_basis;  // recorded, both_stacks, alloc_stack, none; "" if the archive has no categories

    Boxed<PendingFrees> pending;     // at the moment of `top`; nullopt: none, or not known
    std::vector<LeakSuspect> leaks;  // the most bytes first
    Boxed<StepSummary> steps;        // nullopt: none were found

    std::vector<CurvePoint> curve;
    std::vector<OomReport> ooms;
    std::vector<UntrustedText> remarks;  // sentences for people
    std::vector<UntrustedText> advice;   // how to need less memory: sentences, the most useful first

    [[nodiscard]] bool is_idle() const { return figures.is_idle(); }
};

struct ArchiveSummary {
    UntrustedText archive;  // as the user named it
    MaybeInteger rank;
    std::map<UntrustedText, UntrustedText> labels;
    bool preexisting_freed = false;  // memory from before the recording that was never freed is left out
    // The device that is the CPU, in a snapshot that profile_plot made of a run of torch.profiler.
    MaybeInteger cpu_device;
    std::vector<DeviceSummary> devices;
    std::vector<Anomaly> anomalies;  // of the file as a whole
    std::vector<UntrustedText> remarks;
};

// The highest value over the devices that count in the archive; nullopt when none has it.
[[nodiscard]] MaybeInteger highest(const ArchiveSummary& archive, MaybeInteger DeviceFigures::*figure);

// Whether a figure over all devices of the archive counts this one. Pinned host memory has no room in common
// with accelerators, so it counts only if the summary has nothing else.
[[nodiscard]] inline bool counts_in_archive(const ArchiveSummary& archive, const DeviceSummary& device) {
    return device.figures.device != k_host_device ||
           std::ranges::all_of(archive.devices,
                               [](const auto& each) { return each.figures.device == k_host_device; });
}

// The most serious finding over all devices of all archives, in the order of Kind.
struct Verdict {
    enum class Kind : std::uint8_t {
        out_of_memory,
        limit,  // the figure that is nearest to its limit, or the furthest above it
        peak,
        state,  // there is no trace: what is held at the dump
    };
    Kind kind = Kind::peak;
    UntrustedText archive;
    MaybeInteger rank;
    std::int64_t device = 0;
    std::optional<Check> check;  // of kind limit
    std::optional<OomReport> oom;
    std::int64_t other_ooms = 0;  // devices that ran out of memory besides this one
    DeviceFigures figures;
    std::optional<Key> site;       // the site that asked for the memory, or that reached the peak
    MaybeInteger needed_bytes;     // out_of_memory: bytes that the device lacked; else the peak of reserved
    std::vector<LiveRow> sites;    // at most k_verdict_sites, the largest first
    std::int64_t whole_bytes = 0;  // the total of which `sites` are a part
};
inline constexpr std::size_t k_verdict_sites = 3;

// A device or a rank that holds much more than the median of all.
struct UnevenLoad {
    UntrustedText archive;
    MaybeInteger rank;  // set if there are several archives
    std::int64_t device = 0;
    std::int64_t bytes = 0;  // its peak
    std::int64_t median_bytes = 0;
    std::int64_t members = 0;            // devices or ranks that are compared
    std::vector<LiveRow> sites;          // those with the most bytes at its peak
    std::vector<LiveRow> typical_sites;  // those of the device (or rank) at the median
    // Whether both have the same sites, in any order.
    [[nodiscard]] bool same_sites() const;
};

// One of several archives that could not be read.
struct BrokenArchive {
    UntrustedText archive;
    UntrustedText error;
};

// A site that holds more or less in one archive than in a typical archive.
struct OutlierSite {
    Key key;
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    std::int64_t typical_bytes = 0;
    std::int64_t typical_count = 0;
    std::string why;  // see change_reason()
};

struct Outlier {
    UntrustedText archive;
    MaybeInteger rank;
    std::int64_t device = 0;
    std::string figure;  // "peak_requested_bytes"
    std::int64_t value = 0;
    Spread spread;                       // of all archives, or of those of its group
    std::optional<UntrustedText> group;  // its value of the label by which archives are grouped
    UntrustedText typical_archive;       // the archive that the sites are compared with
    bool is_explained = false;           // `sites` is set: only the sites of the worst outliers are compared
    std::vector<OutlierSite> sites;
};

// A row of the table over all ranks.
struct RankRow : Key {
    std::int64_t bytes = 0;  // of all ranks together
    std::int64_t count = 0;
    std::int64_t archives = 0;  // number of archives with this key
    std::int64_t most_bytes = 0;
    UntrustedText most_archive;  // the first one with `most_bytes`
    MaybeInteger most_rank;
};

struct Totals {
    Spread peak_requested;
    Spread peak_reserved;
    Spread end_requested;
    std::int64_t oom_events = 0;
};

struct Summary {
    std::vector<ArchiveSummary> archives;
    bool several = false;  // the ranks of a job, even if only one of them could be read
    std::vector<BrokenArchive> broken;
    std::vector<UntrustedText> without_moment;  // archives that do not have the moment that was asked for
    UntrustedText at;                           // the moment and the key of `rows`
    std::string by;
    std::vector<RankRow> rows;  // of several archives: the most bytes first
    // The same keys, in the order of their differences between archives, the largest first; nullopt: not
    // asked for.
    std::optional<std::vector<AcrossRow>> across;
    std::string group_by;           // the name of a label; empty: the archives are not grouped
    std::vector<RankGroup> groups;  // by value; those without the label last
    std::optional<Totals> totals;
    std::vector<Outlier> outliers;
    std::vector<Check> checks;
    std::optional<Verdict> verdict;    // nullopt: no archive has a device
    std::optional<UnevenLoad> uneven;  // over the devices of one archive, or over several archives
};

// std::monostate: the archive does not have the figure.
using FigureValue = std::variant<std::monostate, bool, std::int64_t, UntrustedText>;

// A figure of a device by the name that users see, in JSON and in `--get`. Names are stable; new ones are
// only added.
struct NamedFigure {
    std::string_view name;
    std::string_view description;  // a few words for --list-get
    std::function<FigureValue(const DeviceSummary&)> get;
};

// A figure of one out-of-memory error, for `--get`. In JSON, each object of `ooms` has them.
struct NamedOomFigure {
    std::string_view name;
    std::string_view description;
    std::function<FigureValue(std::int64_t device, const OomReport&)> get;
};
[[nodiscard]] std::span<const NamedOomFigure> oom_figure_list();

// In the order of the JSON object. First the members of a device, then those of its `fragmentation`.
[[nodiscard]] std::span<const NamedFigure> device_figure_list();
[[nodiscard]] std::span<const NamedFigure> fragmentation_figure_list();

// The archives that say most about a job, as their indices in their order: those that ran out of memory, then
// outliers, then those with the highest peaks. All of them if there are at most `most`.
[[nodiscard]] std::vector<std::size_t> most_important_archives(const Summary& summary, std::size_t most);

}  // namespace snapq::report
