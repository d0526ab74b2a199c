// Text of a shard of allocations.json.
#include <algorithm>
#include <array>
#include <cstring>

#include "timeline/stacked/decimal.hpp"
#include "timeline/stacked/drops.hpp"
#include "timeline/stacked/stacked_timeline.hpp"
#include "timeline/stacked/stacked_timeline_state.hpp"
#include "timeline/stacked/text_pieces.hpp"

namespace snapq::timeline {
namespace {

// Drops in flight: their numbers fill a good part of a piece, and they fit the first-level cache.
constexpr std::size_t k_portion = 256;
static_assert((k_portion + 1) * 2 * k_decimal_room + 1 < TextPieces::k_capacity);

// Writes whole elements; one of these lives on the stack for the time of a shard.
class ElementWriter {
public:
    explicit ElementWriter(const StackedTimeline::TextConsumer& consume) : m_text(consume) {}

    void join() { m_text.append(",\n"); }
    void finish() { m_text.finish(); }

    // `offset` and `size` in bytes, offset at the start.
    template <typename Drops>
    void write(Drops& drops, std::uint32_t start_step, std::uint32_t end_step, std::int64_t offset,
               std::int64_t size) {
        m_text.append("{\"timesteps\":[");
        append_step(start_step);
        std::size_t count = drops.fill(m_drops);
        const bool complete = count < k_portion;
        append_steps(count);
        for (; count == k_portion; append_steps(count)) count = drops.fill(m_drops);
        append_step(end_step);
        m_text.drop_last();

        m_text.append("],\"offsets\":[");
        append_twice(offset);
        if (complete) {
            append_offsets(count);
        } else {
            drops.restart();
            do {
                count = drops.fill(m_drops);
                append_offsets(count);
            } while (count == k_portion);
        }
        m_text.drop_last();
        append_size(size);
    }

private:
    void append_step(std::uint32_t step) {
        char* out = m_text.room(k_decimal_room);
        m_text.commit(m_steps.append(out, step));
    }

    void append_steps(std::size_t count) {
        char* out = m_text.room((count + 1) * 2 * k_decimal_room);
        for (std::size_t k = 0; k < count; ++k) {
            out = m_steps.append(out, m_drops[k].first_step);
            out = m_steps.append(out, m_drops[k].second_step);
        }
        m_text.commit(out);
    }

    void append_twice(std::int64_t offset) {
        char* out = m_text.room(2 * k_decimal_room);
        m_text.commit(twice(out, offset));
    }

    void append_offsets(std::size_t count) {
        char* out = m_text.room((count + 1) * 2 * k_decimal_room);
        for (std::size_t k = 0; k < count; ++k) out = twice(out, m_drops[k].after);
        m_text.commit(out);
    }

    // Each offset stands twice: where a fall (or the element) ends and where the next one begins.
    static char* twice(char* out, std::int64_t offset) {
        char* end = append_decimal(out, offset) + 1;
        // Through a copy of fixed length: two registers, where a copy of just these characters would be a
        // call.
        std::array<char, k_decimal_room> text;
        std::memcpy(text.data(), out, text.size());
        std::memcpy(end, text.data(), text.size());
        return end + (end - out);
    }

    void append_size(std::int64_t size) {
        m_text.append("],\"size\":");
        char* out = m_text.room(k_decimal_room);
        out = append_decimal(out, size);
        *out++ = '}';
        m_text.commit(out);
    }

    TextPieces m_text;
    StepText m_steps;
    std::array<Drop, k_portion> m_drops;
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
        if (idx != 0) writer.join();
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
        sums.pass(idx);
        position.bytes += state.sizes.of_element(idx);
    }
    writer.finish();
}

}  // namespace snapq::timeline
