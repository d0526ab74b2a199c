// The points in time that --at, --at-base, --at-new and alive_at() name (see docs/commands.md).
//
//     const Moment moment = parse_moment("oom:1");
//     const std::int64_t event = resolve(moment, database, device);
//
// The moment is the state after that event; -1 is the state before the first event. An allocation is live at
// it if coalesce(alloc_event, -1) <= event AND (end_event IS NULL OR end_event > event).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/sqlite/database.hpp"

namespace snapq::analysis {

struct Moment {
    enum class Kind : std::uint8_t {
        peak,
        reserved_peak,
        start,
        end,
        oom,
        event,
        time,
        offset,
        timestep,
        span,
        step
    };

    Kind kind = Kind::peak;
    // Depends on the kind: the number of the OOM or of the step, both from 0; the event; the time in Unix
    // microseconds; the offset in microseconds since the first event; or the timestep.
    std::int64_t number = 0;
    std::string name;  // the span, as it was written: NAME, NAME#N, NAME[N] or the beginning of a name

    friend bool operator==(const Moment&, const Moment&) = default;
};

// "peak", "reserved-peak", "start", "end", "oom" (same as "oom:0"), "oom:N", "event:N", "time:US", "+1.5ms"
// (also us, s, min), "timestep:N", "span:NAME", "step:N". Throws UsageError for any other text, with these
// forms as its hint.
[[nodiscard]] Moment parse_moment(std::string_view text);

// The text that parse_moment() reads, which is also the name in table `live_stacks`. An OOM always has its
// number: "oom:0".
[[nodiscard]] std::string text_of(const Moment& moment);

// Every form and its meaning, for help texts.
struct MomentForm {
    std::string_view form;
    std::string_view meaning;
};
[[nodiscard]] const std::vector<MomentForm>& moment_forms();

// Returns the index of an event in the device's trace: the moment is the state after it. -1: the state before
// the first event.
//   oom:N       the OOM event, which changes no memory
//   time:US     the last event at that time or earlier
//   +83s        the same, at a time since the first event of the device
//   timestep:N  the state that allocations.json shows at that step
//   span:NAME   the peak of the span; if several spans have this name, the first one with the highest peak.
//               NAME#N and NAME[N] are number N of them, from 0, in the order of their starts. If no span has
//               the name, it is taken as the beginning of a name, provided that only one name begins with it.
//   step:N      the peak of step N, from 0
// `schema`: the name under which the database is attached. Throws UsageError for a device, event, step or
// name that does not exist, and says which ones exist; InputError if the archive has no events, OOM errors,
// times or spans at all. An error that only says that this device does not have the moment is also an
// archive::MissingMoment.
[[nodiscard]] std::int64_t resolve(const Moment& moment, archive::Database& database, std::int64_t device,
                                   const std::string& schema = "main");

// The same, but nullopt where the trace of this device does not have the moment.
[[nodiscard]] std::optional<std::int64_t> find_event(const Moment& moment, archive::Database& database,
                                                     std::int64_t device, const std::string& schema = "main");

// The peak of table `allocs` of SnapViewer's converter, whose only times are animation steps.
struct SnapViewerPeak {
    std::int64_t bytes = 0;
    std::int64_t timestep = 0;  // the first step with these bytes
};

// It sorts the whole table in temporary files, not in memory.
[[nodiscard]] SnapViewerPeak snapviewer_peak(archive::Database& database);

}  // namespace snapq::analysis
