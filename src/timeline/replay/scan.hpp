// The forward scan of replay: pairs allocs and frees of one device by address. Before it: what replay needs
// to know about events, computed once for each distinct shape, and the tally of anomalies.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "snapshot/model.hpp"
#include "support/block_vector.hpp"
#include "timeline/replay/elements.hpp"

namespace snapq::timeline {

enum class EventRole : std::uint8_t {
    ignored,  // changes no memory: oom, snapshot, annotate, …; an alloc without address or usable size
    unknown,  // an action this program does not know
    alloc,
    free_requested,
    free_completed,
    reserve,  // segment_alloc, segment_map
    release,  // segment_free, segment_unmap
};

struct ShapeTraits {
    EventRole role = EventRole::ignored;
    bool has_address = false;
    bool has_usable_size = false;  // present and not negative
    // A row of `allocations` can hold the whole event: it has no device_free, and its action has the usual
    // name.
    bool plain = false;
};

// Indexed by ShapeId; those of shapes that no event has may be missing. Looks at the events or the shapes,
// whichever are fewer.
[[nodiscard]] std::vector<ShapeTraits> traits_of_shapes(const snapshot::Snapshot& snapshot,
                                                        const snapshot::EventLog& events);

// Whether a row of `allocations` made from `row` has the size, stream, pool, context, metadata and forward
// frames of `event`. View `events` of the database reads them from that row for all three events of an
// allocation.
[[nodiscard]] bool same_columns(const snapshot::EventShape& row, const snapshot::EventShape& event);

// Counts the anomalies that are found while a device is replayed.
class AnomalyTally {
public:
    // `event`: the event of the trace that shows the anomaly, if there is one. The smallest is kept.
    void count(snapshot::Anomaly kind, std::optional<std::uint32_t> event = std::nullopt) {
        Entry& entry = m_entries[static_cast<std::size_t>(kind)];
        ++entry.count;
        if (event) entry.first_event = std::min(*event, entry.first_event.value_or(*event));
    }

    // The anomalies that occurred, in the order of the enumeration.
    [[nodiscard]] std::vector<snapshot::AnomalyCount> counts(std::int64_t device) const {
        std::vector<snapshot::AnomalyCount> counts;
        for (std::size_t kind = 0; kind < m_entries.size(); ++kind) {
            const Entry& entry = m_entries[kind];
            if (entry.count == 0) continue;
            std::optional<std::int64_t> first;
            if (entry.first_event) first = *entry.first_event;
            counts.push_back({device, static_cast<snapshot::Anomaly>(kind), entry.count, first});
        }
        return counts;
    }

private:
    struct Entry {
        std::int64_t count = 0;
        std::optional<std::uint32_t> first_event;
    };
    std::array<Entry, snapshot::k_anomaly_names.size()> m_entries;
};

// Implements the rules of docs/snapshots.md ("Matching allocs and frees"), and these for unusual input. An
// element is open from its alloc until it ends; it is requested if a free_requested of it was seen.
//
// * Frees match by address alone. Their size is ignored, because the oldest PyTorch versions wrote rounded
//   sizes.
// * `free_completed` ends the element. `free_requested` ends it only with Preexisting::all, and only if the
//   whole trace has no `free_completed` (it was recorded with skip_actions).
// * An alloc at an open address ends the old element with Preexisting::all. With Preexisting::freed the old
//   element stays live to the end. Both count one anomaly: missing_completion if the old element is
//   requested, otherwise alloc_over_live.
// * A free at an address where nothing is open discovers an element from before the trace. With
//   Preexisting::freed, discovered elements without a completion are dropped, and the others are ordered by
//   their completions.
// * unmatched_free counts three kinds of frees. A second request for the same element, and a free that
//   discovers nothing because it has no usable address or size, are both kept in other_events. A free at an
//   address that the trace itself has allocated or freed before does discover an element, although that
//   memory cannot have been live since the start.
// * Anomalies are facts about the input, so they are the same for both values of Preexisting.
class ReplayScan {
public:
    // Reads all events. `snapshot`, `traits` and `anomalies` must outlive the scan. Throws InputError beyond
    // 4294967293 events.
    ReplayScan(const snapshot::Snapshot& snapshot, const snapshot::DeviceTrace& trace,
               const std::vector<ShapeTraits>& traits, Preexisting preexisting, AnomalyTally& anomalies);

    // False if the whole trace has free_requested events but no free_completed.
    [[nodiscard]] bool completions_recorded() const { return m_completions_recorded; }

    // State of an address after the last event.
    enum class AddressState : std::uint8_t { unseen, open, closed };
    [[nodiscard]] AddressState state_of(std::uint32_t address_id);
    // Event of the trace that allocated or discovered the element that is open at `address_id`.
    [[nodiscard]] std::uint32_t source_of_open(std::uint32_t address_id);
    // The sizes, in bytes, of the elements that are open, in the order of their events.
    [[nodiscard]] std::vector<std::int64_t> open_sizes() const;

    // Moves the elements of the trace to the end of `elements`, which already holds the preexisting_kept
    // ones. Call it once, after the last call of state_of and source_of_open, and before take_reproduced.
    void append_to(Elements& elements);
    [[nodiscard]] std::vector<bool> take_reproduced() { return std::move(m_reproduced); }

private:
    // Names an element during the scan: row r of m_traced is r, row r of m_discovered is k_first_discovered -
    // r. Each event adds at most one row, so the two ranges never overlap.
    using ElementRef = std::uint32_t;
    static constexpr ElementRef k_unseen = 0xffffffffU;
    static constexpr ElementRef k_closed = 0xfffffffeU;
    static constexpr ElementRef k_first_discovered = 0xfffffffdU;

    struct Columns {
        BlockVector<std::uint32_t> source;
        BlockVector<std::uint32_t> free_requested;
        BlockVector<std::uint32_t> end;
        BlockVector<std::uint8_t> flags;

        void add(std::uint32_t event);
        [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(source.size()); }
    };
    struct Slot {
        Columns& columns;
        std::uint32_t row;
    };

    void scan();
    void on_alloc(std::uint32_t event);
    void on_alloc_over_open(ElementRef old, std::uint32_t event);
    void on_free_requested(std::uint32_t event, ShapeTraits traits);
    void on_free_completed(std::uint32_t event, ShapeTraits traits);
    // The element that a free belongs to: the open one, else the one that it discovers, else k_unseen.
    ElementRef find_or_discover(std::uint32_t event, ShapeTraits traits);
    void close(ElementRef element, std::uint32_t event);
    void end_element(ElementRef element, std::uint32_t event);
    // Marks `event` as reproduced if it can be restored from the row of `element`, otherwise sets the bit
    // `irregular`.
    void note_reproducibility(ElementRef element, std::uint32_t event, ElementFlag irregular);

    [[nodiscard]] static bool is_open(ElementRef element) { return element < k_closed; }
    [[nodiscard]] bool is_discovered(ElementRef element) const {
        return k_first_discovered - element < m_discovered.size();
    }
    [[nodiscard]] Slot slot_of(ElementRef element);
    [[nodiscard]] const snapshot::EventShape& shape(std::uint32_t event) const;

    // The rows of m_discovered that become elements, in the order of their discovery.
    [[nodiscard]] BlockVector<std::uint32_t> discovery_order();
    // Replaces the references in m_closes by the idx of their elements.
    void number_closes(std::uint32_t first_traced);

    const snapshot::Snapshot& m_snapshot;
    const snapshot::EventLog& m_events;
    const std::vector<ShapeTraits>& m_traits;
    Preexisting m_preexisting;
    AnomalyTally& m_anomalies;
    bool m_completions_recorded = true;
    // By address id: the element that is open there, or k_unseen, or k_closed.
    std::vector<ElementRef> m_by_address;
    Columns m_traced;
    Columns m_discovered;
    BlockVector<ElementRef> m_closes;
    std::vector<bool> m_reproduced;
};

}  // namespace snapq::timeline
