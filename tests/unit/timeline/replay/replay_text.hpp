// A replay as short texts and lists, so that tests can compare whole results.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/trace_builder.hpp"
#include "timeline/replay/replay.hpp"

namespace snapq::tests {

using timeline::Elements;
using timeline::Preexisting;
using timeline::Replay;
using Texts = std::vector<std::string>;
using Numbers = std::vector<std::uint32_t>;

inline Replay replay(TraceBuilder& trace, Preexisting preexisting = Preexisting::all,
                     std::int64_t device = 0) {
    return timeline::replay_device(trace.snapshot(), device, preexisting);
}

// An element as text: origin, size and the events that it has, such as "trace 512 alloc=0 request=1
// end=1".
inline std::string describe(TraceBuilder& trace, const Replay& replay, std::uint32_t idx) {
    static constexpr std::array<const char*, 3> k_origins{"kept", "freed", "trace"};
    const Elements& elements = replay.elements;
    const timeline::ElementReader reader(trace.snapshot(), replay.trace, elements);
    std::string text = k_origins[static_cast<std::size_t>(elements.origin(idx))];
    text += fmt::format(" {}", reader.size(idx));
    const auto add = [&](const char* name, std::uint32_t event) {
        if (event != Elements::k_none) text += fmt::format(" {}={}", name, event);
    };
    add("alloc", elements.alloc_event(idx));
    add("request", elements.free_requested[idx]);
    add("completion", elements.free_completed(idx));
    add("end", elements.end[idx]);
    const int irregular = elements.flags[idx] & 7;
    if (irregular != 0) text += fmt::format(" irregular={}", irregular);
    return text;
}

inline Texts elements_of(TraceBuilder& trace, const Replay& replay) {
    Texts texts;
    for (std::uint32_t idx = 0; idx < replay.elements.size(); ++idx)
        texts.push_back(describe(trace, replay, idx));
    return texts;
}

inline Numbers values_of(const BlockVector<std::uint32_t>& column) {
    Numbers values;
    for (std::size_t i = 0; i < column.size(); ++i) values.push_back(column[i]);
    return values;
}

// For example "unmatched_free 2 at 5".
inline Texts anomalies_of(const Replay& replay) {
    Texts texts;
    for (const snapshot::AnomalyCount& anomaly : replay.anomalies) {
        CHECK(anomaly.device == replay.device);
        std::string text = fmt::format(
            "{} {}", snapshot::k_anomaly_names[static_cast<std::size_t>(anomaly.kind)], anomaly.count);
        if (anomaly.first_event) text += fmt::format(" at {}", *anomaly.first_event);
        texts.push_back(text);
    }
    return texts;
}

inline Numbers other_events_of(const Replay& replay) {
    Numbers events;
    for (std::uint32_t event = 0; event < replay.reproduced.size(); ++event) {
        if (!replay.reproduced[event]) events.push_back(event);
    }
    return events;
}

}  // namespace snapq::tests
