// The points in time that --at, --at-base, --at-new and alive_at() name (design section 2.3).
//
//     const Moment moment = parse_moment("oom:1");
//     const std::int64_t event = resolve(moment, database, device);   // state after that event; -1: before
//     the first
//
// Live at a moment is then what satisfies coalesce(alloc_event,-1) <= event AND (end_event IS NULL OR
// end_event > event).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "archive/sqlite/database.hpp"

namespace snapq::analysis {

struct Moment {
    enum class Kind : std::uint8_t { peak, reserved_peak, start, end, oom, event, time, timestep, span };

    Kind kind = Kind::peak;
    std::int64_t number = 0;  // of the OOM (from 0), the event, the time (Unix microseconds) or the timestep
    std::string name;         // of the span

    friend bool operator==(const Moment&, const Moment&) = default;
};

// "peak", "reserved-peak", "start", "end", "oom" (the first, as "oom:0"), "oom:N", "event:N", "time:US",
// "timestep:N", "span:NAME". Throws UsageError, with the forms as hint.
[[nodiscard]] Moment parse_moment(std::string_view text);

// As parse_moment reads it; an OOM always with its number, as table live_stacks names it.
[[nodiscard]] std::string text_of(const Moment& moment);

// Every form with what it means, for help texts.
struct MomentForm {
    std::string_view form;
    std::string_view meaning;
};
[[nodiscard]] const std::vector<MomentForm>& moment_forms();

// The index in the device's trace of the event after which the state is meant, -1 for the state before the
// first event.
//   oom:N       the state when it ran out: nothing changes at an OOM event
//   time:US     after the last event of that time or earlier
//   timestep:N  what allocations.json shows at that step
//   span:NAME   its peak; of several spans of that name the highest, on equal heights the first
// Looks into the database attached as `schema`. Throws UsageError for a device, event, step or name that is
// not there, naming what is; InputError when the archive does not know such things at all (no events, no OOM,
// no times, no spans).
[[nodiscard]] std::int64_t resolve(const Moment& moment, archive::Database& database, std::int64_t device,
                                   const std::string& schema = "main");

}  // namespace snapq::analysis
