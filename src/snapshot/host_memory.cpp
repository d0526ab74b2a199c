#include "snapshot/assembler.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <tuple>
#include <utility>

namespace snapq::snapshot {
namespace {

// The next event of a list. Heads are ordered by the latest time in the list so far, then by list.
struct Head {
    std::int64_t time_us;
    std::size_t list;
    std::size_t event;

    friend bool operator>(const Head& a, const Head& b) {
        return std::tie(a.time_us, a.list) > std::tie(b.time_us, b.list);
    }
};

}  // namespace

MergedTrace merge_by_time(std::vector<EventLog>&& lists) {
    MergedTrace merged;
    if (lists.size() == 1) {
        merged.events = std::move(lists.front());
        return merged;
    }
    std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
    const auto push = [&](std::size_t list, std::size_t event, std::int64_t reached_us) {
        if (event == lists[list].size()) return;
        const std::int64_t time_us = lists[list].time_us(event).value_or(reached_us);
        heads.push({std::max(time_us, reached_us), list, event});
    };
    for (std::size_t list = 0; list < lists.size(); ++list)
        push(list, 0, std::numeric_limits<std::int64_t>::min());
    merged.positions.resize(lists.size());
    while (!heads.empty()) {
        const Head head = heads.top();
        heads.pop();
        const EventLog& log = lists[head.list];
        merged.positions[head.list].push_back(static_cast<std::uint32_t>(merged.events.size()));
        merged.events.append(log.address_id(head.event), log.shape(head.event), log.stack(head.event),
                             log.time_us(head.event));
        push(head.list, head.event + 1, head.time_us);
    }
    return merged;
}

}  // namespace snapq::snapshot
