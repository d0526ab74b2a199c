#include "snapshot/event_log.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <tuple>
#include <utility>

namespace snapq::snapshot {
namespace {

constexpr std::size_t k_time_group = 4096;
// Two differences have a special meaning: the event has no time, or its time is in m_far_times.
constexpr std::int32_t k_no_time = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t k_far_time = k_no_time + 1;

}  // namespace

std::uint64_t EventShape::hash() const {
    const std::uint64_t flags = static_cast<std::uint64_t>(action) | std::uint64_t{has_address} << 8 |
                                std::uint64_t{has_size} << 9 | std::uint64_t{has_stream} << 10 |
                                std::uint64_t{has_device_free} << 11;
    std::uint64_t hash = hash_mix(flags, action_text.value());
    hash = hash_mix(hash, static_cast<std::uint64_t>(size));
    hash = hash_mix(hash, static_cast<std::uint64_t>(stream));
    hash = hash_mix(hash, static_cast<std::uint64_t>(device_free));
    hash = hash_mix(hash, std::uint64_t{pool.value()} << 32 | compile_context.value());
    if (category) hash = hash_mix(hash, category.value());
    return hash_mix(hash, std::uint64_t{user_metadata.value()} << 32 | forward_frames.value());
}

std::uint32_t EventTables::intern_address(std::uint64_t address) {
    const auto next = static_cast<std::uint32_t>(m_addresses.size());
    const auto id = m_address_table.find_or_insert(
        hash_mix(0, address), next, [&](std::uint32_t at) { return m_addresses[at] == address; });
    if (id == next) m_addresses.push_back(address);
    return id;
}

std::optional<std::uint32_t> EventTables::find_address(std::uint64_t address) const {
    return m_address_table.find(hash_mix(0, address),
                                [&](std::uint32_t at) { return m_addresses[at] == address; });
}

void EventLog::append(std::uint32_t address_id, ShapeId shape, StackId stack,
                      std::optional<std::int64_t> time_us) {
    const std::size_t event = size();
    if (event >= k_no_event) throw InputError("a trace of more than 4294967294 events is not supported");
    if (event % k_time_group == 0) m_time_bases.push_back(time_us.value_or(0));
    std::int32_t delta = k_no_time;
    if (time_us) {
        // Unsigned arithmetic, since the difference of hostile times can exceed 2^63.
        const auto far = static_cast<std::int64_t>(static_cast<std::uint64_t>(*time_us) -
                                                   static_cast<std::uint64_t>(m_time_bases.back()));
        const bool fits = far > k_far_time && far <= std::numeric_limits<std::int32_t>::max();
        delta = fits ? static_cast<std::int32_t>(far) : k_far_time;
        if (!fits) m_far_times.emplace(static_cast<std::uint32_t>(event), *time_us);
    }
    m_shapes.push_back(shape.value());
    m_addresses.push_back(address_id);
    m_stacks.push_back(stack.value());
    m_time_deltas.push_back(delta);
}

EventLog EventLog::clone() const {
    EventLog copy;
    copy.m_shapes = m_shapes.clone();
    copy.m_addresses = m_addresses.clone();
    copy.m_stacks = m_stacks.clone();
    copy.m_time_deltas = m_time_deltas.clone();
    copy.m_time_bases = m_time_bases;
    copy.m_far_times = m_far_times;
    return copy;
}

void EventLog::renumber(std::span<const std::uint32_t> shape_ids, std::span<const std::uint32_t> address_ids,
                        std::span<const std::uint32_t> stack_ids) {
    for (std::size_t event = 0; event < size(); ++event) {
        m_shapes[event] = shape_ids[m_shapes[event]];
        m_addresses[event] = address_ids[m_addresses[event]];
        if (StackId(m_stacks[event])) m_stacks[event] = stack_ids[m_stacks[event]];
    }
}

std::optional<std::int64_t> EventLog::time_us(std::size_t event) const {
    const std::int32_t delta = m_time_deltas[event];
    if (delta == k_no_time) return std::nullopt;
    if (delta == k_far_time) return m_far_times.at(static_cast<std::uint32_t>(event));
    return m_time_bases[event / k_time_group] + delta;
}

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
