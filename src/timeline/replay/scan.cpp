#include "timeline/replay/scan.hpp"

#include "support/error.hpp"

namespace snapq::timeline {
namespace {

using snapshot::Anomaly;

bool has_role(const std::vector<ShapeTraits>& traits, const snapshot::EventLog& events, EventRole role) {
    for (std::size_t event = 0; event < events.size(); ++event) {
        if (traits[events.shape(event).value()].role == role) return true;
    }
    return false;
}

// Moves the columns of one kind to their final place: revealed ones last found first, then those of the
// trace.
template <typename T>
void append_columns(BlockVector<T>& onto, BlockVector<T>& revealed, const BlockVector<std::uint32_t>& order,
                    BlockVector<T>& traced) {
    for (std::size_t rank = order.size(); rank > 0; --rank) onto.push_back(revealed[order[rank - 1]]);
    revealed.clear();
    for (std::size_t row = 0; row < traced.size(); ++row) onto.push_back(traced[row]);
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
      m_places(snapshot.event_tables.address_count(), k_unseen),
      m_reproduced(trace.events.size(), false) {
    if (m_events.size() > k_revealed)
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
    Found& place = m_places[m_events.address_id(event)];
    if (is_open(place)) on_alloc_over_open(place, event);
    place = m_traced.size();
    m_traced.add(event);
    note_reproducibility(place, event, k_irregular_alloc);
}

void ReplayScan::on_alloc_over_open(Found old, std::uint32_t event) {
    const At open = at(old);
    if (open.columns.free_requested[open.row] == Elements::k_none) {
        m_anomalies.count(Anomaly::alloc_over_live, event);
    } else if (m_completions_recorded) {
        m_anomalies.count(Anomaly::missing_completion, event);
    }
    if (m_preexisting == Preexisting::all) end_element(old, event);
}

void ReplayScan::on_free_requested(std::uint32_t event, ShapeTraits traits) {
    const Found found = found_or_revealed(event, traits);
    if (!is_open(found)) return;
    const At open = at(found);
    if (open.columns.free_requested[open.row] != Elements::k_none) {
        m_anomalies.count(Anomaly::unmatched_free, event);
        return;
    }
    open.columns.free_requested[open.row] = event;
    note_reproducibility(found, event, k_irregular_free_requested);
    if (!m_completions_recorded && m_preexisting == Preexisting::all) close(found, event);
}

void ReplayScan::on_free_completed(std::uint32_t event, ShapeTraits traits) {
    const Found found = found_or_revealed(event, traits);
    if (!is_open(found)) return;
    const At open = at(found);
    open.columns.flags[open.row] |= k_completed;
    note_reproducibility(found, event, k_irregular_free_completed);
    close(found, event);
}

ReplayScan::Found ReplayScan::found_or_revealed(std::uint32_t event, ShapeTraits traits) {
    if (!traits.has_address) {
        m_anomalies.count(Anomaly::unmatched_free, event);
        return k_unseen;
    }
    Found& place = m_places[m_events.address_id(event)];
    if (is_open(place)) return place;
    if (place == k_closed || !traits.has_usable_size) m_anomalies.count(Anomaly::unmatched_free, event);
    if (!traits.has_usable_size) return k_unseen;
    place = k_revealed - m_revealed.size();
    m_revealed.add(event);
    return place;
}

void ReplayScan::close(Found found, std::uint32_t event) {
    m_places[m_events.address_id(event)] = k_closed;
    end_element(found, event);
}

void ReplayScan::end_element(Found found, std::uint32_t event) {
    const At ending = at(found);
    ending.columns.end[ending.row] = event;
    m_closes.push_back(found);
}

void ReplayScan::note_reproducibility(Found found, std::uint32_t event, ElementFlag irregular) {
    const At element = at(found);
    const std::uint32_t source = element.columns.source[element.row];
    bool same = m_traits[m_events.shape(event).value()].plain &&
                (event == source || same_columns(shape(source), shape(event)));
    const std::uint32_t request = element.columns.free_requested[element.row];
    if (irregular == k_irregular_free_completed && request != Elements::k_none) {
        same = same && m_events.stack(request) == m_events.stack(event);  // a row has one stack for both
    }
    if (same) {
        m_reproduced[event] = true;
    } else {
        element.columns.flags[element.row] |= irregular;
    }
}

ReplayScan::AddressState ReplayScan::state_of(std::uint32_t address_id) {
    const Found found = m_places[address_id];
    if (found == k_unseen) return AddressState::unseen;
    if (found == k_closed) return AddressState::closed;
    const At open = at(found);
    // Mode freed leaves such elements live, but the program had given them back.
    const bool given_back =
        !m_completions_recorded && open.columns.free_requested[open.row] != Elements::k_none;
    return given_back ? AddressState::closed : AddressState::open;
}

std::uint32_t ReplayScan::source_of_open(std::uint32_t address_id) {
    const At open = at(m_places[address_id]);
    return open.columns.source[open.row];
}

void ReplayScan::append_to(Elements& elements) {
    m_places = {};
    const BlockVector<std::uint32_t> order = order_of_revealed();
    const std::uint64_t count = std::uint64_t{elements.kept_count} + order.size() + m_traced.size();
    if (count >= Elements::k_none)
        throw InputError("more than 4294967294 allocations on one device are not supported");

    elements.freed_count = static_cast<std::uint32_t>(order.size());
    number_closes(elements.preexisting_count());
    elements.closes = std::move(m_closes);
    append_columns(elements.source, m_revealed.source, order, m_traced.source);
    append_columns(elements.free_requested, m_revealed.free_requested, order, m_traced.free_requested);
    append_columns(elements.end, m_revealed.end, order, m_traced.end);
    append_columns(elements.flags, m_revealed.flags, order, m_traced.flags);
}

BlockVector<std::uint32_t> ReplayScan::order_of_revealed() {
    BlockVector<std::uint32_t> order;
    if (m_preexisting == Preexisting::all) {
        for (std::uint32_t row = 0; row < m_revealed.size(); ++row) order.push_back(row);
        return order;
    }
    for (std::size_t i = 0; i < m_closes.size(); ++i) {
        if (is_revealed(m_closes[i])) order.push_back(k_revealed - m_closes[i]);
    }
    for (std::uint32_t row = 0; row < m_revealed.size(); ++row) {
        if ((m_revealed.flags[row] & k_completed) == 0) m_reproduced[m_revealed.source[row]] = false;
    }
    return order;
}

void ReplayScan::number_closes(std::uint32_t first_traced) {
    std::uint32_t completed = 0;  // in mode freed, revealed elements are ranked by their completions
    for (std::size_t i = 0; i < m_closes.size(); ++i) {
        const Found found = m_closes[i];
        if (!is_revealed(found)) {
            m_closes[i] = first_traced + found;
            continue;
        }
        const std::uint32_t rank = m_preexisting == Preexisting::all ? k_revealed - found : completed++;
        m_closes[i] = first_traced - 1 - rank;
    }
}

void ReplayScan::Columns::add(std::uint32_t event) {
    source.push_back(event);
    free_requested.push_back(Elements::k_none);
    end.push_back(Elements::k_none);
    flags.push_back(0);
}

ReplayScan::At ReplayScan::at(Found found) {
    if (is_revealed(found)) return {m_revealed, k_revealed - found};
    return {m_traced, found};
}

const snapshot::EventShape& ReplayScan::shape(std::uint32_t event) const {
    return m_snapshot.event_tables.shapes[m_events.shape(event).value()];
}

}  // namespace snapq::timeline
