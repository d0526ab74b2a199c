// Parts that the outputs of `summary` share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/writer.hpp"
#include "render/terminal_text.hpp"
#include "report/live_rows.hpp"
#include "report/summary.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::render {

// Marks rows of memory that was allocated before the recording.
inline constexpr std::string_view k_older_mark = "†";

// ---- phrases ----

// "711.94 MiB"; "unknown" without a value.
[[nodiscard]] std::string size_words(report::MaybeInteger bytes);
// "67.5 %"; "" when the whole is 0.
[[nodiscard]] std::string share_words(std::int64_t part, std::int64_t whole);
// "+310 ms", "+12.4 s"; "" when a time is missing. Both times are Unix microseconds.
[[nodiscard]] std::string time_words(report::MaybeInteger time_us, report::MaybeInteger first_time_us);
// The moment of the device's rows: "the peak", "the dump" (without a trace), "event:17", "oom:0".
[[nodiscard]] std::string moment_words(const report::DeviceSummary& device);
// When the peak was reached: "event 249, +310 ms", "before the first event", or "timestep 12" when the event
// is unknown.
[[nodiscard]] std::string when_words(const report::DeviceFigures& figures);
// The site, with its operator if there is one: "model.py:7 forward (bmm)".
[[nodiscard]] UntrustedText site_words(const report::Key& key);
// "72.6 % activation, 14.0 % optimizer_state, 13.4 % others": the categories at the moment of the device's
// rows; "" if nothing is known of them.
[[nodiscard]] UntrustedText category_words(const report::DeviceSummary& device);
// "8, peaks 1.00 GiB (first), 1.20 GiB (typical), 1.30 GiB (largest: step:3, last)"; "" unless there are
// several steps, which must not be only a period of the allocations.
[[nodiscard]] std::string step_words(const report::DeviceSummary& device);
// How to ask for the parts of the reserved bytes, where the moment of the rows is not one of those that
// `convert` prepares; "" where the parts are known, or cannot be.
[[nodiscard]] std::string unprepared_parts_words(const report::DeviceSummary& device);
// Whether the failed allocation would have fit without fragmentation, and why; or why that is not known.
[[nodiscard]] UntrustedText fit_words(const report::OomReport& oom);
// The free memory that the allocator could have used for the request: "156.00 MiB, in pieces of at most 44.00
// MiB (pool 0,0, stream 0)"; "" when that is not known.
[[nodiscard]] UntrustedText usable_words(const report::OomReport& oom);
// The free memory that it could not use, and why: "1.75 GiB is free in private pool 1,0"; "" when there is
// nothing.
[[nodiscard]] UntrustedText unusable_words(const report::OomReport& oom);

// ---- chart ----

// Requested and reserved bytes over time as block characters, at most `width` columns wide. `rows`: 10 draws
// both curves with axes, 1 draws a single line of requested bytes, 0 draws nothing. Empty for a device
// without a trace. Ends with a line feed.
[[nodiscard]] std::string draw_chart(const report::DeviceSummary& device, int rows, std::size_t width);

// ---- the first screen ----

// Devices beyond these are only counted, so that the table fits a screen.
inline constexpr std::size_t k_most_device_rows = 8;

// A row for each device that did something, a line for the others, and a line if the load is uneven. Empty
// for fewer than two devices. Begins with an empty line.
[[nodiscard]] std::string devices_text(const report::Summary& summary, const TextStyle& style);
// "uneven load: device 1 holds 78.00 GiB at its peak, the median is 20.00 GiB; the same three sites"; empty
// if it is even.
[[nodiscard]] std::string uneven_text(const report::Summary& summary, const TextStyle& style);
// "of these 300.00 MiB were freed already and wait for another stream (first freed at event 2 by …)"; empty
// if no such memory is known.
[[nodiscard]] std::string pending_text(const report::DeviceSummary& device, std::size_t width);
// "what could help" and its sentences, after an empty line; empty if there is none.
[[nodiscard]] std::string advice_text(const report::DeviceSummary& device, const TextStyle& style);

// ---- several archives ----

// The names that a summary of several archives prints for them.
class RankNames {
public:
    explicit RankNames(const report::Summary& summary);
    // The short name of an archive.
    [[nodiscard]] const UntrustedText& of(const UntrustedText& archive) const;
    // "rank 3" if all archives have ranks and these differ, else the short name.
    [[nodiscard]] std::string shown(const UntrustedText& archive, report::MaybeInteger rank) const;

private:
    std::unordered_map<UntrustedText, UntrustedText> m_names;
    bool m_are_ranks_distinct = true;
};

// The verdict, one row for each archive, totals, spread, and the sites that make outliers differ. At most
// style.width columns, except for long labels.
[[nodiscard]] std::string ranks_text(const report::Summary& summary, const TextStyle& style);
// The table of `--across`, and that of `--group-by`, each after an empty line; empty where it was not asked
// for.
[[nodiscard]] std::string across_text(const report::Summary& summary, const RankNames& names,
                                      std::size_t width);
[[nodiscard]] std::string groups_text(const report::Summary& summary, const RankNames& names,
                                      std::size_t width);
// "rank 3", or the archive's name when it has no rank.
[[nodiscard]] std::string rank_name(const UntrustedText& archive, report::MaybeInteger rank);
// Shortens paths to their ends, in whole names of directories and files, as far as they stay different. Equal
// paths have equal names.
[[nodiscard]] std::vector<UntrustedText> shortest_names(const std::vector<UntrustedText>& paths);

// "pp=3", or "without pp".
[[nodiscard]] UntrustedText group_name(const report::Summary& summary,
                                       const std::optional<UntrustedText>& value);
// "live at the peak, by site", the title of the rows of all ranks.
[[nodiscard]] std::string rows_title(const report::Summary& summary, std::string_view of_ranks);
// "peak: median 1.00 GiB, from … to …, spread (MAD) …"
[[nodiscard]] std::string spread_words(const report::Spread& spread);
// Why a site of an outlier differs: "more allocations (12 against 4)".
[[nodiscard]] std::string reason_words(const report::OutlierSite& site);

// change_reason() with the figures that show it: "more allocations (12 against 4)", "fewer but larger (mean
// 3.40 MiB → 4.60 MiB)". In "12 against 4", the number of `after` is the first one.
[[nodiscard]] std::string reason_words(const report::HeldMemory& before, const report::HeldMemory& after);

// ---- JSON ----

// The members of a key, such as a site.
void write_key(json::JsonWriter& to, const report::Key& key);
// The members of a summary of several archives that follow the archives.
void write_rest_of_ranks(json::JsonWriter& to, const report::Summary& summary);

}  // namespace snapq::render
