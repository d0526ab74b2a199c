#include "snapshot/builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "snapq/support/error.hpp"
#include "snapq/support/json_writer.hpp"
#include "snapq/support/utf8.hpp"

namespace snapq::snapshot {
namespace {

// Texts of extras, besides two bytes for each byte of input.
constexpr std::uint64_t k_extra_bytes = std::uint64_t{64} << 20;

bool all_of_type(std::span<const Value> items, Record type) {
    return std::ranges::all_of(items, [&](const Value& item) { return is_record(item, type); });
}

bool has_record(std::span<const Value> items) {
    return std::ranges::any_of(items, [](const Value& item) { return item.kind == Kind::record; });
}

bool all_text(std::span<const Value> items) {
    return std::ranges::all_of(items, [](const Value& item) { return item.is_text(); });
}

}  // namespace

Builder::Builder() {
    // Their ids are then the places in keys.hpp.
    for (const std::string_view name : k_key_names) symbols.intern_text(name);
    for (const std::string_view name : k_action_names) symbols.intern_text(name);
    for (const std::string_view name : k_state_names) symbols.intern_text(name);
}

// Text is checked once, when its bytes are seen for the first time; what was repaired is looked up
// afterwards.
std::uint32_t Builder::text(std::string_view bytes) {
    const std::size_t known = symbols.text_count();
    const std::uint32_t id = symbols.intern_text(bytes).value();
    if (id == known && !is_valid_utf8(bytes))
        m_repaired[id] = symbols.intern_text(repair_utf8(bytes)).value();
    if (m_repaired.empty()) return id;
    const auto repaired = m_repaired.find(id);
    if (repaired == m_repaired.end()) return id;
    ++invalid_texts;
    return repaired->second;
}

// ---- dicts ----

Value Builder::dict(std::span<const Value> entries, pickle::ListState* owner, bool may_wait,
                    std::uint64_t offset) {
    m_offset = offset;
    m_fields.fill(entries);
    if (looks_like_event()) {
        if (owner != nullptr && may_own_events(*owner)) return build_event(*owner);
        if (may_wait) return pickle::k_not_yet;
        return loose.add_dict(entries);
    }
    if (m_fields.has(Key::filename) && m_fields.has(Key::name)) {
        const auto frame = build_frame();
        return frame ? *frame : loose.add_dict(entries);
    }
    if (m_fields.has(Key::state) && m_fields.has(Key::size)) return build_block();
    if (m_fields.has(Key::blocks) && m_fields.has(Key::total_size)) return build_segment();
    if (m_fields.has(Key::stage) && m_fields.has(Key::name)) return build_annotation();
    if (m_fields.has(Key::segments) || m_fields.has(Key::device_traces)) return build_snapshot();
    return loose.add_dict(entries);
}

bool Builder::looks_like_event() const {
    return m_fields.has(Key::action) && m_fields.peek(Key::action).is_text() &&
           (m_fields.has(Key::addr) || m_fields.has(Key::size) || m_fields.has(Key::stream) ||
            m_fields.has(Key::device_free) || m_fields.has(Key::time_us) || m_fields.has(Key::frames));
}

// A list that began with something else stays what it is.
bool Builder::may_own_events(const pickle::ListState& owner) {
    return owner.stream != pickle::ListState::k_no_stream || owner.items.empty();
}

Value Builder::build_snapshot() {
    SnapshotRecord made;
    const auto take = [&](Key key) -> std::optional<Value> {
        if (!m_fields.has(key)) return std::nullopt;
        return m_fields.read(key);
    };
    made.segments = take(Key::segments);
    made.traces = take(Key::device_traces);
    made.settings = take(Key::allocator_settings);
    made.annotations = take(Key::external_annotations);
    m_fields.for_each_left([&](const Value& key, const Value& value) { made.left.emplace_back(key, value); });
    snapshots.push_back(std::move(made));
    return record(Record::snapshot, static_cast<std::uint32_t>(snapshots.size() - 1));
}

void Builder::keep_left(Extra::Owner owner, std::uint32_t index, std::uint32_t trace) {
    if (m_fields.all_read()) return;
    m_fields.for_each_left([&](const Value& key, const Value& value) {
        if (!key.is_text()) return count_dropped();  // a key that is no text has no column
        const TextId kept = extra_value(value);
        if (kept) extras.push_back({owner, trace, index, TextId(key.id), kept});
    });
}

TextId Builder::extra_value(const Value& value) {
    TextId made;
    if (value.kind == Kind::record) {
        const std::uint64_t key = std::uint64_t{value.type} << 32 | value.id;
        const auto known = m_extra_texts.find(key);
        made = known != m_extra_texts.end() ? known->second : print_extra(value);
        if (known == m_extra_texts.end()) m_extra_texts.emplace(key, made);
    } else {
        made = print_extra(value);
    }
    if (!made) count_dropped();
    return made;
}

TextId Builder::print_extra(const Value& value) {
    if (m_extra_bytes > k_extra_bytes + 2 * m_offset) return TextId();
    const auto json = loose.to_json(value, {symbols, pairs, sequences});
    m_extra_bytes += json ? json->size() : k_largest_extra;
    return json ? symbols.intern_text(*json) : TextId();
}

// ---- lists ----

bool Builder::append(pickle::ListState& list, std::span<const Value> items, std::uint64_t offset) {
    m_offset = offset;
    if (list.stream == pickle::ListState::k_no_stream) {
        if (list.items.size() > k_largest_extra / 2 && !has_record(items))
            return true;  // it will be dropped anyway
        if (!list.items.empty() || items.empty() || !all_of_type(items, Record::event)) return false;
        list.stream = static_cast<std::uint32_t>(traces.size());
        traces.emplace_back();
    }
    append_events(list.stream, items, offset);
    return true;
}

// Events that this list took when their dicts were closed are here already; others are the same dict used
// again.
void Builder::append_events(std::uint32_t trace, std::span<const Value> items, std::uint64_t offset) {
    bool copied = false;
    std::uint32_t next_new = m_acknowledged;
    for (const Value& item : items) {
        if (!is_record(item, Record::event)) {
            count_dropped();
        } else if (item.id >= next_new) {
            if (copied)
                throw_input(offset, "a trace mixes new and repeated entries in an order no pickler writes");
            next_new = item.id + 1;
        } else {
            copy_event(trace, item.id);
            copied = true;
        }
    }
    m_acknowledged = m_event_count;
}

Value Builder::list(pickle::ListState& list, std::span<const Value> last_items, std::uint64_t offset) {
    if (list.stream != pickle::ListState::k_no_stream) {
        append_events(list.stream, last_items, offset);
        return record(Record::trace, list.stream);
    }
    if (list.items.empty()) {
        // A list made of entries of another one (a user's slice of a trace) is a trace of its own.
        if (!last_items.empty() && is_record(last_items[0], Record::event) &&
            append(list, last_items, offset)) {
            return record(Record::trace, list.stream);
        }
        return finish_list(last_items);
    }
    m_scratch_values.assign(list.items.begin(), list.items.end());
    m_scratch_values.insert(m_scratch_values.end(), last_items.begin(), last_items.end());
    return finish_list(m_scratch_values);
}

Value Builder::tuple(std::span<const Value> items, std::uint64_t) {
    return finish_list(items);
}

Value Builder::finish_list(std::span<const Value> items) {
    if (take_ids(items, Record::frame)) {
        return record(Record::stack, symbols.intern_stack(m_scratch_ids).value());
    }
    if (items.size() == 2 && items[0].kind == Kind::integer && items[1].kind == Kind::integer) {
        return make_pair(items[0].as_integer(), items[1].as_integer());
    }
    if (all_text(items)) return make_sequence(k_text_sequence, items);
    for (const Record type : {Record::block, Record::segment, Record::annotation}) {
        if (all_of_type(items, type)) return make_sequence(static_cast<std::uint32_t>(type), items);
    }
    const bool traces_only = std::ranges::all_of(
        items, [&](const Value& item) { return is_record(item, Record::trace) || is_empty_list(item); });
    if (traces_only) return make_sequence(static_cast<std::uint32_t>(Record::trace), items);
    return loose.add_list(items);
}

// The ids of records that are all of one type.
bool Builder::take_ids(std::span<const Value> items, Record type) {
    m_scratch_ids.resize(items.size());
    bool is_type = true;
    for (std::size_t i = 0; i < items.size(); ++i) {
        m_scratch_ids[i] = items[i].id;
        is_type &= is_record(items[i], type);
    }
    return is_type;
}

Value Builder::make_pair(std::int64_t first, std::int64_t second) {
    const std::size_t known = pairs.size();
    const std::uint32_t id = pairs.intern({first, second});
    if (id == known) m_pair_texts.push_back(symbols.intern_text(fmt::format("{},{}", first, second)));
    return record(Record::pair, id);
}

Value Builder::make_sequence(std::uint32_t type, std::span<const Value> items) {
    m_scratch_ids.clear();
    m_scratch_ids.push_back(type);
    for (const Value& item : items) {
        // In a list of traces an empty list is a device without events.
        const bool no_trace =
            type == static_cast<std::uint32_t>(Record::trace) && is_record(item, Record::stack);
        m_scratch_ids.push_back(no_trace ? StackId::k_none : item.id);
    }
    return record(Record::sequence, sequences.intern(m_scratch_ids.data(), m_scratch_ids.size()));
}

// ---- fields that several records share ----

StackId Builder::take_stack(Key key) {
    if (!m_fields.has(key) || !is_record(m_fields.peek(key), Record::stack)) return StackId();
    return StackId(m_fields.read(key).id);
}

TextId Builder::take_pool(Key key) {
    if (!m_fields.has(key) || !is_record(m_fields.peek(key), Record::pair)) return TextId();
    return m_pair_texts[m_fields.read(key).id];
}

// Kept as a JSON array, so that the list can be given back as it was.
TextId Builder::take_forward_frames() {
    if (!m_fields.has(Key::forward_frames)) return TextId();
    const Value value = m_fields.peek(Key::forward_frames);
    const bool is_empty = is_empty_list(value);
    const bool is_text = is_record(value, Record::sequence) && sequences.data(value.id)[0] == k_text_sequence;
    if (!is_empty && !is_text) return TextId();
    const std::uint32_t key = is_empty ? StackId::k_none : value.id;
    const auto known = m_forward_frames.find(key);
    if (known == m_forward_frames.end()) {
        const TextId made = extra_value(value);
        if (!made) return TextId();
        m_forward_frames.emplace(key, made);
        m_fields.mark_read(Key::forward_frames);
        return made;
    }
    m_fields.mark_read(Key::forward_frames);
    return known->second;
}

}  // namespace snapq::snapshot
