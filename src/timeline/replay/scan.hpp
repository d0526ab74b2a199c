// The forward scan of replay: pairs allocs and frees of one device by address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "snapshot/model.hpp"
#include "support/block_vector.hpp"
#include "timeline/replay/anomalies.hpp"
#include "timeline/replay/elements.hpp"
#include "timeline/replay/shapes.hpp"

namespace snapq::timeline {

// The rules, beyond design section 4 and snapshot-format section 7 (requested = has a free_requested):
//
// * Frees match by address alone; their size is not looked at (the earliest PyTorch wrote rounded ones).
// * `free_completed` closes. `free_requested` closes only in mode all, and only when the whole trace has no
//   `free_completed` (recorded with skip_actions).
// * An alloc at an open address closes the old element in mode all; in mode freed the old one is forgotten
// and stays
//   live. Either way it is a missing_completion when the old one was requested, else an alloc_over_live.
// * A free that finds nothing open reveals memory from before the trace. In mode freed it needs a completion
// for that:
//   what only a `free_requested` knows of is dropped, and the order of discovery is that of the completions.
// * unmatched_free is a free that fits nowhere: a second request for the same element (it stands in
// other_events); one
//   that finds nothing open and has no address or no usable size to reveal anything (the same); and one at an
//   address that the trace had already allocated or freed before. The last does reveal an element, as section
//   7 asks, though that memory cannot have lived since the start.
// * Anomalies are facts about the input: both modes count the same.
class ReplayScan {
public:
    // Reads all events. `snapshot`, `traits` and `anomalies` must outlive the scan.
    ReplayScan(const snapshot::Snapshot& snapshot, const snapshot::DeviceTrace& trace,
               const std::vector<ShapeTraits>& traits, Preexisting preexisting, AnomalyTally& anomalies);

    // False when there are requests but no completion in the whole trace.
    [[nodiscard]] bool completions_recorded() const { return m_completions_recorded; }

    // State of an address after the last event.
    enum class AddressState : std::uint8_t { unseen, open, closed };
    [[nodiscard]] AddressState state_of(std::uint32_t address_id);
    // Event of the trace that opened or revealed what is open at `address_id`.
    [[nodiscard]] std::uint32_t source_of_open(std::uint32_t address_id);

    // Moves what the scan found on top of the preexisting_kept that stand in `elements`. Called once, when
    // the places are no longer asked for, and before take_reproduced.
    void append_to(Elements& elements);
    [[nodiscard]] std::vector<bool> take_reproduced() { return std::move(m_reproduced); }

private:
    // While scanning, an element is named by its rank: those of the trace count up from 0, revealed ones
    // count down from k_revealed. Together they are no more than the events, so they never meet.
    using Found = std::uint32_t;
    static constexpr Found k_unseen = 0xffffffffU;
    static constexpr Found k_closed = 0xfffffffeU;
    static constexpr Found k_revealed = 0xfffffffdU;

    struct Columns {
        BlockVector<std::uint32_t> source;
        BlockVector<std::uint32_t> free_requested;
        BlockVector<std::uint32_t> end;
        BlockVector<std::uint8_t> flags;

        void add(std::uint32_t event);
        [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(source.size()); }
    };
    struct At {
        Columns& columns;
        std::uint32_t row;
    };

    void scan();
    void on_alloc(std::uint32_t event);
    void on_alloc_over_open(Found old, std::uint32_t event);
    void on_free_requested(std::uint32_t event, ShapeTraits traits);
    void on_free_completed(std::uint32_t event, ShapeTraits traits);
    // The element that a free is about: the open one, else one that it reveals, else k_unseen.
    Found found_or_revealed(std::uint32_t event, ShapeTraits traits);
    void close(Found found, std::uint32_t event);
    void end_element(Found found, std::uint32_t event);
    // Notes whether the row of `found` gives `event` back, else sets its bit `irregular`.
    void note_reproducibility(Found found, std::uint32_t event, ElementFlag irregular);

    [[nodiscard]] static bool is_open(Found place) { return place < k_closed; }
    [[nodiscard]] bool is_revealed(Found found) const { return k_revealed - found < m_revealed.size(); }
    [[nodiscard]] At at(Found found);
    [[nodiscard]] const snapshot::EventShape& shape(std::uint32_t event) const;

    // Rows of m_revealed that become elements, in order of discovery.
    [[nodiscard]] BlockVector<std::uint32_t> order_of_revealed();
    // Turns m_closes from ranks into positions in Elements.
    void number_closes(std::uint32_t first_traced);

    const snapshot::Snapshot& m_snapshot;
    const snapshot::EventLog& m_events;
    const std::vector<ShapeTraits>& m_traits;
    Preexisting m_preexisting;
    AnomalyTally& m_anomalies;
    bool m_completions_recorded = true;
    std::vector<Found> m_places;  // by address id
    Columns m_traced;
    Columns m_revealed;
    BlockVector<Found> m_closes;
    std::vector<bool> m_reproduced;
};

}  // namespace snapq::timeline
