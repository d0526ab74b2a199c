#include "timeline/replay/scan.hpp"

#include <cstddef>
#include <string_view>

#include "support/error.hpp"

namespace snapq::timeline {
namespace {

using snapshot::Action;
using snapshot::EventShape;

struct Meaning {
    EventRole role;
    std::string_view name;  // only of actions that become a row of `allocations`
};

Meaning meaning_of(Action action) {
    switch (action) {
        case Action::alloc: return {EventRole::alloc, "alloc"};
        case Action::free_requested: return {EventRole::free_requested, "free_requested"};
        case Action::free_completed: return {EventRole::free_completed, "free_completed"};
        case Action::segment_alloc:
        case Action::segment_map: return {EventRole::reserve, {}};
        case Action::segment_free:
        case Action::segment_unmap: return {EventRole::release, {}};
        case Action::other: return {EventRole::unknown, {}};
        case Action::oom:
        case Action::snapshot:
        case Action::user_defined:
        case Action::annotate: break;
    }
    return {EventRole::ignored, {}};
}

ShapeTraits traits_of(const snapshot::Symbols& symbols, const EventShape& shape) {
    const Meaning meaning = meaning_of(shape.action);
    ShapeTraits traits;
    traits.role = meaning.role;
    traits.has_address = shape.has_address;
    traits.has_usable_size = shape.has_size && shape.size >= 0;
    traits.plain = !shape.has_device_free &&
                   (shape.action_text.is_none() || symbols.text(shape.action_text) == meaning.name);
    // An alloc without address or size starts no element. It is only kept as an event.
    const bool starts_element = traits.has_address && traits.has_usable_size;
    if (traits.role == EventRole::alloc && !starts_element) traits.role = EventRole::ignored;
    return traits;
}

}  // namespace

std::vector<ShapeTraits> traits_of_shapes(const snapshot::Snapshot& snapshot,
                                          const snapshot::EventLog& events) {
    const auto& shapes = snapshot.event_tables.shapes;
    std::vector<ShapeTraits> traits(shapes.size());
    const auto fill = [&](std::uint32_t id) { traits[id] = traits_of(snapshot.symbols, shapes[id]); };
    if (events.size() < shapes.size()) {
        for (std::size_t event = 0; event < events.size(); ++event) fill(events.shape(event).value());
    } else {
        for (std::uint32_t id = 0; id < shapes.size(); ++id) fill(id);
    }
    return traits;
}

bool same_columns(const EventShape& row, const EventShape& event) {
    const bool same_size = event.has_size && row.size == event.size;
    const bool same_stream =
        row.has_stream == event.has_stream && (!row.has_stream || row.stream == event.stream);
    return same_size && same_stream && row.pool == event.pool &&
           row.compile_context == event.compile_context && row.user_metadata == event.user_metadata &&
           row.forward_frames == event.forward_frames;
}

namespace {

using snapshot::Anomaly;

bool has_role(const std::vector<ShapeTraits>& traits, const snapshot::EventLog& events, EventRole role) {
    for (std::size_t event = 0; event < events.size(); ++event) {
        if (traits[events.shape(event).value()].role == role) return true;
    }
    return false;
}

// Appends to one column of the result: the discovered elements in reverse order, then those of the trace.
// Empties both sources.
template <typename T>
void append_column(BlockVector<T>& target, BlockVector<T>& discovered,
                   const BlockVector<std::uint32_t>& order, BlockVector<T>& traced) {
    for (std::size_t rank = order.size(); rank > 0; --rank) target.push_back(discovered[order[rank - 1]]);
    discovered.clear();
    for (std::size_t row = 0; row < traced.size(); ++row) target.push_back(traced[row]);
    traced.clear();
}

}  // namespace

ReplayScan::ReplayScan(const snapshot::Snapshot& snapshot, const snapshot::DeviceTrace& trace,
                       const std::vector<ShapeTraits>& traits, Preexisting preexisting,
                       AnomalyTally& anomalies)
    : m_snapshot(snapshot),
      m_events(trace.events),
      m_traits(traits),
      m_preexisting(preexisting),
      m_anomalies(anomalies),
      m_by_address(snapshot.event_tables.address_count(), k_unseen),
      m_reproduced(trace.events.size(), false) {
    if (m_events.size() > k_first_discovered)
        throw InputError("a trace of more than 4294967293 events is not supported");
    m_completions_recorded = has_role(m_traits, m_events, EventRole::free_completed) ||
                             !has_role(m_traits, m_events, EventRole::free_requested);
    scan();
}

void ReplayScan::scan() {
    const auto count = static_cast<std::uint32_t>(m_events.size());
    for (std::uint32_t event = 0; event < count; ++event) {
        const ShapeTraits traits = m_traits[m_events.shape(event).value()];
        switch (traits.role) {
            case EventRole::alloc: on_alloc(event); break;
            case EventRole::free_requested: on_free_requested(event, traits); break;
            case EventRole::free_completed: on_free_completed(event, traits); break;
            case EventRole::unknown: m_anomalies.count(Anomaly::unknown_action, event); break;
            case EventRole::reserve:
            case EventRole::release:
            case EventRole::ignored: break;
        }
    }
}

void ReplayScan::on_alloc(std::uint32_t event) {
    ElementRef& current = m_by_address[m_events.address_id(event)];
    if (is_open(current)) on_alloc_over_open(current, event);
    current = m_traced.size();
    m_traced.add(event);
    note_reproducibility(current, event, k_irregular_alloc);
}

void ReplayScan::on_alloc_over_open(ElementRef old, std::uint32_t event) {
    const Slot open = slot_of(old);
    if (open.columns.free_requested[open.row] == Elements::k_none) {
        m_anomalies.count(Anomaly::alloc_over_live, event);
    } else if (m_completions_recorded) {
        m_anomalies.count(Anomaly::missing_completion, event);
    }
    if (m_preexisting == Preexisting::all) end_element(old, event);
}

void ReplayScan::on_free_requested(std::uint32_t event, ShapeTraits traits) {
    const ElementRef element = find_or_discover(event, traits);
    if (!is_open(element)) return;
    const Slot open = slot_of(element);
    if (open.columns.free_requested[open.row] != Elements::k_none) {
        m_anomalies.count(Anomaly::unmatched_free, event);
        return;
    }
    open.columns.free_requested[open.row] = event;
    note_reproducibility(element, event, k_irregular_free_requested);
    if (!m_completions_recorded && m_preexisting == Preexisting::all) close(element, event);
}

void ReplayScan::on_free_completed(std::uint32_t event, ShapeTraits traits) {
    const ElementRef element = find_or_discover(event, traits);
    if (!is_open(element)) return;
    const Slot open = slot_of(element);
    open.columns.flags[open.row] |= k_completed;
    note_reproducibility(element, event, k_irregular_free_completed);
    close(element, event);
}

ReplayScan::ElementRef ReplayScan::find_or_discover(std::uint32_t event, ShapeTraits traits) {
    if (!traits.has_address) {
        m_anomalies.count(Anomaly::unmatched_free, event);
        return k_unseen;
    }
    ElementRef& current = m_by_address[m_events.address_id(event)];
    if (is_open(current)) return current;
    if (current == k_closed || !traits.has_usable_size) m_anomalies.count(Anomaly::unmatched_free, event);
    if (!traits.has_usable_size) return k_unseen;
    current = k_first_discovered - m_discovered.size();
    m_discovered.add(event);
    return current;
}

void ReplayScan::close(ElementRef element, std::uint32_t event) {
    m_by_address[m_events.address_id(event)] = k_closed;
    end_element(element, event);
}

void ReplayScan::end_element(ElementRef element, std::uint32_t event) {
    const Slot ending = slot_of(element);
    ending.columns.end[ending.row] = event;
    m_closes.push_back(element);
}

void ReplayScan::note_reproducibility(ElementRef element, std::uint32_t event, ElementFlag irregular) {
    const Slot slot = slot_of(element);
    const std::uint32_t source = slot.columns.source[slot.row];
    bool same = m_traits[m_events.shape(event).value()].plain &&
                (event == source || same_columns(shape(source), shape(event)));
    const std::uint32_t request = slot.columns.free_requested[slot.row];
    if (irregular == k_irregular_free_completed && request != Elements::k_none) {
        // A row of `allocations` has one stack for both events.
        same = same && m_events.stack(request) == m_events.stack(event);
    }
    if (same) {
        m_reproduced[event] = true;
    } else {
        slot.columns.flags[slot.row] |= irregular;
    }
}

ReplayScan::AddressState ReplayScan::state_of(std::uint32_t address_id) {
    const ElementRef element = m_by_address[address_id];
    if (element == k_unseen) return AddressState::unseen;
    if (element == k_closed) return AddressState::closed;
    const Slot open = slot_of(element);
    // With Preexisting::freed such an element stays live, but the program had freed it.
    const bool was_freed =
        !m_completions_recorded && open.columns.free_requested[open.row] != Elements::k_none;
    return was_freed ? AddressState::closed : AddressState::open;
}

std::uint32_t ReplayScan::source_of_open(std::uint32_t address_id) {
    const Slot open = slot_of(m_by_address[address_id]);
    return open.columns.source[open.row];
}

std::vector<std::int64_t> ReplayScan::open_sizes() const {
    std::vector<std::int64_t> sizes;
    for (std::uint32_t row = 0; row < m_traced.size(); ++row) {
        const std::uint32_t event = m_traced.source[row];
        if (m_by_address[m_events.address_id(event)] == row) sizes.push_back(shape(event).size);
    }
    return sizes;
}

void ReplayScan::append_to(Elements& elements) {
    m_by_address = {};
    const BlockVector<std::uint32_t> order = discovery_order();
    const std::uint64_t count = std::uint64_t{elements.kept_count} + order.size() + m_traced.size();
    if (count >= Elements::k_none)
        throw InputError("more than 4294967294 allocations on one device are not supported");

    elements.freed_count = static_cast<std::uint32_t>(order.size());
    number_closes(elements.preexisting_count());
    elements.closes = std::move(m_closes);
    append_column(elements.source, m_discovered.source, order, m_traced.source);
    append_column(elements.free_requested, m_discovered.free_requested, order, m_traced.free_requested);
    append_column(elements.end, m_discovered.end, order, m_traced.end);
    append_column(elements.flags, m_discovered.flags, order, m_traced.flags);
}

BlockVector<std::uint32_t> ReplayScan::discovery_order() {
    BlockVector<std::uint32_t> order;
    if (m_preexisting == Preexisting::all) {
        for (std::uint32_t row = 0; row < m_discovered.size(); ++row) order.push_back(row);
        return order;
    }
    for (std::size_t i = 0; i < m_closes.size(); ++i) {
        if (is_discovered(m_closes[i])) order.push_back(k_first_discovered - m_closes[i]);
    }
    for (std::uint32_t row = 0; row < m_discovered.size(); ++row) {
        if ((m_discovered.flags[row] & k_completed) == 0) m_reproduced[m_discovered.source[row]] = false;
    }
    return order;
}

void ReplayScan::number_closes(std::uint32_t first_traced) {
    // With Preexisting::freed, discovered elements are ranked by their completions.
    std::uint32_t completed = 0;
    for (std::size_t i = 0; i < m_closes.size(); ++i) {
        const ElementRef element = m_closes[i];
        if (!is_discovered(element)) {
            m_closes[i] = first_traced + element;
            continue;
        }
        const std::uint32_t rank =
            m_preexisting == Preexisting::all ? k_first_discovered - element : completed++;
        m_closes[i] = first_traced - 1 - rank;
    }
}

void ReplayScan::Columns::add(std::uint32_t event) {
    source.push_back(event);
    free_requested.push_back(Elements::k_none);
    end.push_back(Elements::k_none);
    flags.push_back(0);
}

ReplayScan::Slot ReplayScan::slot_of(ElementRef element) {
    if (is_discovered(element)) return {m_discovered, k_first_discovered - element};
    return {m_traced, element};
}

const snapshot::EventShape& ReplayScan::shape(std::uint32_t event) const {
    return m_snapshot.event_tables.shapes[m_events.shape(event).value()];
}

}  // namespace snapq::timeline
