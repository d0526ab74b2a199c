// The figures of devices: those that the conversion computed, and those within a part of the trace, in which
// --window looks for the peak.
//
//     const Window window = parse_window("span:step#3..+83s");
//     figures = figures_within(window, database, figures);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/live_rows.hpp"
#include "analysis/moment.hpp"
#include "archive/sqlite/database.hpp"
#include "report/figures.hpp"

namespace snapq::analysis {

// All devices in DeviceOrder, with their anomalies. It reads only small tables.
[[nodiscard]] std::vector<report::DeviceFigures> device_figures(archive::Database& database);

// Anomalies of the file as a whole, such as text that is not UTF-8.
[[nodiscard]] std::vector<report::Anomaly> file_anomalies(archive::Database& database);

// `moment` as in table `fragmentation`. nullopt: there is no row, for example because the conversion did not
// prepare this moment.
[[nodiscard]] std::optional<report::Fragmentation> fragmentation_at(archive::Database& database,
                                                                    std::int64_t device,
                                                                    std::string_view moment);

struct Window {
    Moment from;  // the first state of the window
    Moment to;    // its last state
};

// "MOMENT..MOMENT"; the first one may be left out and is then `start`, the second one is then `end`. Throws
// UsageError for any other text.
[[nodiscard]] Window parse_window(std::string_view text);

[[nodiscard]] std::string text_of(const Window& window);

// Whether one of the events [first, last] of the device lies in the window. Throws the errors of
// figures_within().
[[nodiscard]] bool overlaps(const Window& window, archive::Database& database, std::int64_t device,
                            std::int64_t first, std::int64_t last);

// Replaces the device's peaks, their events and its number of OOMs by those inside the window; all other
// figures stay those of the whole trace. If nothing in the window is above the state at its beginning, this
// state is the peak, and the allocation that reached it is not known. The result is exact. It reads the
// device's allocations once and sorts their changes in temporary files. Throws the errors of resolve(), and
// UsageError if the window ends before it begins.
[[nodiscard]] report::DeviceFigures figures_within(const Window& window, archive::Database& database,
                                                   report::DeviceFigures figures);

// The peak of `figures`, which are those within the window if there is one. The stacks at the peak of a whole
// trace are stored; those at the peak of a window are rebuilt from its allocations.
[[nodiscard]] LiveAt peak_of(const std::optional<Window>& window, const report::DeviceFigures& figures);

// live_at() of the moment; `peak` and `reserved-peak` are those of `figures`, which figures_within()
// returned, if there is a window.
[[nodiscard]] LiveAt live_at(const Moment& moment, const std::optional<Window>& window,
                             archive::Database& database, const report::DeviceFigures& figures);

// Throws InputError: archives of SnapViewer's converter have no events, so they have no windows. `archive`:
// its name for the message; may be empty.
[[noreturn]] void refuse_window_in_snapviewer(const std::string& archive);

}  // namespace snapq::analysis
