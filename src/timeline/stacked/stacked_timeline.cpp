#include "timeline/stacked/stacked_timeline.hpp"

#include "timeline/stacked/stacked_timeline_state.hpp"

namespace snapq::timeline {
namespace {

constexpr std::uint32_t k_shard_elements = 50'000;
// A little more than a megabyte of text: enough work for a thread, and little memory while it waits for the
// shards before it.
constexpr std::uint64_t k_shard_points = 65'536;

std::uint64_t event_count(const Replay& replay) {
    return replay.trace == nullptr ? 0 : replay.trace->events.size();
}

}  // namespace

StackedTimelineState::StackedTimelineState(const snapshot::Snapshot& snapshot, const Replay& replay,
                                           PointLimit limit, std::vector<std::uint32_t>& drops)
    : elements(replay.elements),
      clock(elements, drops),
      closes(elements.closes),
      sizes(ElementReader(snapshot, replay.trace, elements), elements.size(), closes),
      thinning(drops, limit, event_count(replay), clock, closes, sizes) {
    if (thinning.limit() != 0) window_sums.emplace(thinning, clock, closes, sizes, elements.size());
    cut_shards(drops);
}

void StackedTimelineState::cut_shards(const std::vector<std::uint32_t>& drops) {
    StackPosition position;
    auto thinned = thinning.elements().begin();
    for (std::uint32_t idx = 0; idx < elements.size(); ++idx) {
        std::uint64_t element_points = timeline::exact_points(drops[idx]);
        exact_points += element_points;
        if (thinned != thinning.elements().end() && thinned->idx == idx) {
            element_points = 2 + 2 * std::uint64_t{thinning.plan(*thinned++, clock).windows};
        }
        points += element_points;
        close_before(position, idx);
        if (shards.empty() || idx - shards.back().first == k_shard_elements ||
            shards.back().points + element_points > k_shard_points) {
            shards.push_back({idx, idx, 0});
            shard_starts.push_back(position);
        }
        shards.back().last = idx + 1;
        shards.back().points += element_points;
        position.bytes += sizes.of_element(idx);
    }
}

StackedTimeline::StackedTimeline(const snapshot::Snapshot& snapshot, const Replay& replay, PointLimit limit) {
    std::vector<std::uint32_t> drops;
    m_state = std::make_unique<StackedTimelineState>(snapshot, replay, limit, drops);
}

StackedTimeline::StackedTimeline(StackedTimeline&&) noexcept = default;
StackedTimeline& StackedTimeline::operator=(StackedTimeline&&) noexcept = default;
StackedTimeline::~StackedTimeline() = default;

std::uint32_t StackedTimeline::start_step(std::uint32_t idx) const {
    return m_state->clock.start_step(idx);
}
std::uint32_t StackedTimeline::end_step(std::uint32_t idx) const {
    return m_state->clock.end_step(idx);
}
std::uint32_t StackedTimeline::final_step() const {
    return m_state->clock.final_step();
}
std::uint32_t StackedTimeline::step_of_event(std::uint32_t event) const {
    return m_state->clock.step_of_event(event);
}

std::uint64_t StackedTimeline::exact_point_count() const {
    return m_state->exact_points;
}
std::uint64_t StackedTimeline::point_count() const {
    return m_state->points;
}
bool StackedTimeline::exact() const {
    return limit_in_force() == 0;
}
std::uint64_t StackedTimeline::limit_in_force() const {
    return m_state->thinning.limit();
}

const std::vector<Shard>& StackedTimeline::shards() const {
    return m_state->shards;
}

}  // namespace snapq::timeline
