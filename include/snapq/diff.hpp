// What changed between two archives, or between two moments of one, with limits: the answers of `snapq diff`.
//
//     snapq::DiffOptions options;
//     options.limits.max_growth = snapq::GrowthLimit::parse("5%,512MiB");
//     const snapq::Diff diff = snapq::diff(base, newer, options);
//     if (!diff.passed()) std::cout << diff.to_text();
//
// Rows match by key. Lines are matched within their function, so moved lines do not count as changes; snapq
// diff --help says how. Bytes are requested bytes unless a name says otherwise. An empty std::optional means
// that the archive does not know the figure. Later versions add members to the structs at the end only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "snapq/archive.hpp"
#include "snapq/summary.hpp"

namespace snapq {

// How much a figure may grow. If both members are set, the larger one is the limit. At least one must be set.
struct GrowthLimit {
    std::optional<std::int64_t> bytes{};  // from 0
    std::optional<double> percent{};      // of the figure of the base, 0 to 10000

    // "5%", "512MiB", "5%,512MiB". Throws UsageError for anything else.
    [[nodiscard]] static GrowthLimit parse(std::string_view text);
};

struct DiffLimits {
    // Growth of the peak of requested bytes if both sides are compared at their peaks, otherwise of the
    // requested bytes at the compared moments.
    std::optional<GrowthLimit> max_growth{};
    std::optional<GrowthLimit> max_reserved_growth{};  // the same for reserved bytes
    std::optional<std::int64_t> max_row_growth{};      // bytes, for any single row
    bool allow_no_trace = false;  // without a trace, compare the state at the dump instead of failing
};

struct DiffOptions {
    std::string by = "site";  // as in SummaryOptions; "tree": DiffDevice::tree instead of rows
    bool exact = false;       // with by = "stack": C++ frames and line numbers count
    std::vector<std::string> user_prefixes{};  // as in SummaryOptions
    // A regular expression (RE2). The part that it matches at the beginning of a file name is removed.
    std::string strip_prefix{};
    std::string at_base = "peak";  // as in SummaryOptions::at
    std::string at_newer = "peak";
    std::optional<std::int64_t> device{};  // empty: all devices
    DiffLimits limits{};
    std::string window{};        // as in SummaryOptions, for both sides
    std::size_t site_depth = 1;  // as in SummaryOptions
    std::string stacks{};        // as in SummaryOptions
    std::size_t depth = 0;       // as in SummaryOptions
    std::string rules{};         // as in SummaryOptions, with by = "category"
    double min_share = 0.01;     // as in SummaryOptions; of the side that holds more
};

struct DiffFigure {
    std::optional<std::int64_t> base{};
    std::optional<std::int64_t> newer{};
    std::optional<std::int64_t> delta{};  // empty unless both sides are known
};

struct DiffRow {
    std::string key{};
    std::string label{};  // the key for people
    std::int64_t base_bytes = 0;
    std::int64_t newer_bytes = 0;
    std::int64_t base_count = 0;  // allocations
    std::int64_t newer_count = 0;
    std::int64_t delta_bytes = 0;
    std::string status{};                         // "added", "removed", "grown", "shrunk", "same"
    std::optional<std::int64_t> base_stack_id{};  // id of the row's largest stack, in the base archive
    std::optional<std::int64_t> newer_stack_id{};
    // For a row that is a line: the number of the line on each side that has it, and the operator of its
    // largest stack ("": not known).
    std::optional<std::int64_t> base_line{};
    std::optional<std::int64_t> newer_line{};
    std::string op{};
    // With by = "function": the lines of the function; the last may be "[other]", a sum.
    std::vector<DiffRow> lines{};
    // Frames as in LiveRow::stack, of the row's largest stack in the newer archive. If the row has nothing
    // live there, of its largest stack in the base.
    std::vector<std::string> stack{};
};

// A call and what all stacks through it hold on both sides. Frames are functions without lines.
struct ComparedCall {
    Frame frame{};
    std::vector<Frame> chain{};  // as in Call
    std::int64_t base_bytes = 0;
    std::int64_t newer_bytes = 0;
    std::int64_t base_count = 0;  // allocations
    std::int64_t newer_count = 0;
    std::int64_t delta_bytes = 0;
    std::vector<ComparedCall> children{};  // largest change first
};

// If one side does not have the device, its figures there are 0, or empty in an archive of SnapViewer's
// converter. Without a trace on that side, 0 says only that the device held nothing at the dump.
struct DiffDevice {
    std::int64_t device = 0;
    bool in_base = false;
    bool in_newer = false;
    DiffFigure peak_requested_bytes{};
    DiffFigure peak_reserved_bytes{};
    DiffFigure requested_bytes{};  // at the compared moments
    DiffFigure reserved_bytes{};   // at the compared moments
    DiffFigure end_requested_bytes{};
    DiffFigure end_reserved_bytes{};
    DiffFigure allocations{};          // in the whole trace, a count
    bool rows_known = true;            // false: an archive lacks what is needed for rows
    std::vector<DiffRow> rows{};       // largest change first
    std::size_t other_rows = 0;        // number of rows that are not in `rows`, because there were too many
    std::vector<ComparedCall> tree{};  // the outermost frames, with by = "tree"
};

// Whether a limit holds on a device.
struct LimitCheck {
    std::string name{};  // the option of the program that sets the limit: "max-growth"
    std::int64_t device = 0;
    bool ok = true;
    std::optional<std::int64_t> value_bytes{};  // empty: not known, which fails; `reason` says why
    std::optional<std::int64_t> limit_bytes{};
    std::string reason{};   // "", "no-trace", "lower-bound", "unknown"
    std::string subject{};  // for people, such as the site of a row; may be empty
};

struct DiffSetting {
    std::string key{};
    std::optional<std::string> base{};  // empty: not recorded there
    std::optional<std::string> newer{};
};

// Copies are cheap, because they share their content. Any number of threads may use one object at the same
// time.
class Diff {
public:
    // Moving makes a copy, so that no Diff is left without content.
    Diff(const Diff&) = default;
    Diff& operator=(const Diff&) = default;

    [[nodiscard]] const std::vector<DiffDevice>& devices() const;
    // Settings of the allocator that differ.
    [[nodiscard]] const std::vector<DiffSetting>& settings() const;
    // One for each limit that is set and each device; rows over their limit have one each.
    [[nodiscard]] const std::vector<LimitCheck>& checks() const;
    // Whether all limits hold; true if none is set.
    [[nodiscard]] bool passed() const;
    // Sentences for people: reasons not to trust the comparison (warnings), and other things worth knowing
    // (remarks).
    [[nodiscard]] const std::vector<std::string>& warnings() const;
    [[nodiscard]] const std::vector<std::string>& remarks() const;

    // The outputs of `snapq diff --format json, text, markdown, csv`; each ends with a line feed. `top`: the
    // number of rows for each device; the others are summed up. 0: all rows. Empty: as many as the program
    // shows in that format.
    [[nodiscard]] std::string to_json(std::optional<std::size_t> top = {}) const;
    [[nodiscard]] std::string to_text(std::optional<std::size_t> top = {}) const;
    [[nodiscard]] std::string to_markdown(std::optional<std::size_t> top = {}) const;
    [[nodiscard]] std::string to_csv(std::optional<std::size_t> top = {}) const;

private:
    friend Diff diff(const Archive& base, const Archive& newer, const DiffOptions& options);
    struct Impl;
    explicit Diff(std::shared_ptr<const Impl> impl);
    std::shared_ptr<const Impl> m_impl;
};

// `base` and `newer` may be the same archive, at two moments. Throws UsageError for wrong options, also for a
// device or a moment that an archive does not have and for an invalid pattern. Throws InputError for a
// damaged archive and for one that lacks the data that are needed. A limit that is crossed is not an error:
// see Diff::passed().
[[nodiscard]] Diff diff(const Archive& base, const Archive& newer, const DiffOptions& options = {});

}  // namespace snapq
