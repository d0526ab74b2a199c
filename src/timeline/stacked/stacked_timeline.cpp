#include "timeline/stacked/stacked_timeline.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "timeline/stacked/decimal.hpp"
#include "timeline/stacked/drops.hpp"
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

// Text of a shard of allocations.json.

namespace {

// A buffer of 64 KiB that passes its text on when it is full. Lives on the stack of the rendering thread.
class TextBuffer {
public:
    static constexpr std::size_t k_capacity = 65'536;

    explicit TextBuffer(const StackedTimeline::TextConsumer& consume) : m_consume(consume) {}

    // Where the next `bytes` (below k_capacity) may be written. `commit` says where they end.
    char* reserve(std::size_t bytes) {
        if (bytes > k_capacity - m_size && m_size > 1) flush();
        return m_text.data() + m_size;
    }
    void commit(const char* end) { m_size = static_cast<std::size_t>(end - m_text.data()); }

    void append(std::string_view text) {
        char* out = reserve(text.size());
        std::memcpy(out, text.data(), text.size());
        commit(out + text.size());
    }
    // Removes the last character, a comma.
    void remove_last() { --m_size; }

    // Passes on the text that is left.
    void finish() {
        if (m_size != 0) m_consume(std::string_view(m_text.data(), m_size));
        m_size = 0;
    }

private:
    // Keeps the last character, so that remove_last can still remove it.
    void flush() {
        m_consume(std::string_view(m_text.data(), m_size - 1));
        m_text[0] = m_text[m_size - 1];
        m_size = 1;
    }

    const StackedTimeline::TextConsumer& m_consume;
    std::size_t m_size = 0;
    std::array<char, k_capacity> m_text;  // not initialized, because that would take time
};

// Drops that are fetched at once: their text fills a good part of the buffer, and they fit the first-level
// cache.
constexpr std::size_t k_batch = 256;
static_assert((k_batch + 1) * 2 * k_decimal_room + 1 < TextBuffer::k_capacity);

// Writes the elements of one shard.
class ElementWriter {
public:
    explicit ElementWriter(const StackedTimeline::TextConsumer& consume) : m_text(consume) {}

    void separate() { m_text.append(",\n"); }
    void finish() { m_text.finish(); }

    // `offset` and `size` in bytes, offset at the start.
    template <typename Drops>
    void write(Drops& drops, std::uint32_t start_step, std::uint32_t end_step, std::int64_t offset,
               std::int64_t size) {
        m_text.append("{\"timesteps\":[");
        append_step(start_step);
        std::size_t count = drops.fill(m_drops);
        const bool complete = count < k_batch;
        append_steps(count);
        for (; count == k_batch; append_steps(count)) count = drops.fill(m_drops);
        append_step(end_step);
        m_text.remove_last();

        m_text.append("],\"offsets\":[");
        append_twice(offset);
        if (complete) {
            append_offsets(count);
        } else {
            drops.restart();
            do {
                count = drops.fill(m_drops);
                append_offsets(count);
            } while (count == k_batch);
        }
        m_text.remove_last();
        append_size(size);
    }

private:
    void append_step(std::uint32_t step) {
        char* out = m_text.reserve(k_decimal_room);
        m_text.commit(m_steps.append(out, step));
    }

    void append_steps(std::size_t count) {
        char* out = m_text.reserve((count + 1) * 2 * k_decimal_room);
        for (std::size_t k = 0; k < count; ++k) {
            out = m_steps.append(out, m_drops[k].first_step);
            out = m_steps.append(out, m_drops[k].second_step);
        }
        m_text.commit(out);
    }

    void append_twice(std::int64_t offset) {
        char* out = m_text.reserve(2 * k_decimal_room);
        m_text.commit(write_twice(out, offset));
    }

    void append_offsets(std::size_t count) {
        char* out = m_text.reserve((count + 1) * 2 * k_decimal_room);
        for (std::size_t k = 0; k < count; ++k) out = write_twice(out, m_drops[k].after);
        m_text.commit(out);
    }

    // Each offset is written twice: at the end of one drop (or the start of the element) and at the start of
    // the next drop (or the end of the element).
    static char* write_twice(char* out, std::int64_t offset) {
        char* end = append_decimal(out, offset) + 1;
        // A copy of fixed length uses two registers; a copy of only these characters would call memcpy.
        std::array<char, k_decimal_room> text;
        std::memcpy(text.data(), out, text.size());
        std::memcpy(end, text.data(), text.size());
        return end + (end - out);
    }

    void append_size(std::int64_t size) {
        m_text.append("],\"size\":");
        char* out = m_text.reserve(k_decimal_room);
        out = append_decimal(out, size);
        *out++ = '}';
        m_text.commit(out);
    }

    TextBuffer m_text;
    StepText m_steps;
    std::array<Drop, k_batch> m_drops;
};

}  // namespace

void StackedTimeline::render(const Shard& shard, const TextConsumer& consume) const {
    const StackedTimelineState& state = *m_state;
    const auto found = std::lower_bound(state.shards.begin(), state.shards.end(), shard.first,
                                        [](const Shard& at, std::uint32_t idx) { return at.first < idx; });
    StackPosition position = state.shard_starts[static_cast<std::size_t>(found - state.shards.begin())];
    const std::vector<ThinnedElement>& all_thinned = state.thinning.elements();
    auto thinned = std::lower_bound(all_thinned.begin(), all_thinned.end(), shard.first,
                                    [](const ThinnedElement& at, std::uint32_t idx) { return at.idx < idx; });
    ShardSums sums(state, shard);
    ElementWriter writer(consume);
    for (std::uint32_t idx = shard.first; idx < shard.last; ++idx) {
        if (idx != 0) writer.separate();
        state.close_before(position, idx);
        const auto write = [&](auto&& drops) {
            writer.write(drops, state.clock.start_step(idx), state.clock.end_step(idx), position.bytes,
                         state.sizes.as_recorded(idx));
        };
        if (thinned != all_thinned.end() && thinned->idx == idx) {
            write(ThinnedDrops(state, sums, *thinned++, position.bytes));
        } else {
            write(ExactDrops(state, idx, position));
        }
        sums.advance_past(idx);
        position.bytes += state.sizes.of_element(idx);
    }
    writer.finish();
}

}  // namespace snapq::timeline
