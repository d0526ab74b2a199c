#include "snapshot/builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "frames/frame_text.hpp"
#include "json/writer.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

namespace snapq::snapshot {
namespace {

// The limit for lists of events is this number, plus one for each 16 KiB of input: a user's file can have
// some slices of a trace for each of many steps. Each list takes a page of memory for each column.
constexpr std::size_t k_most_traces = 1001;
constexpr std::uint64_t k_bytes_of_trace = 16 << 10;

// The archive stores the frames of a stack once for each forward stack that it is paired with. The limit for
// these frames is this number, plus one for each 32 bytes of input. A file can share one deep stack many
// times; beyond the limit, stacks get no forward stack.
constexpr std::uint64_t k_repeated_frames = std::uint64_t{1} << 20;
constexpr std::uint64_t k_bytes_of_repeated_frame = 32;

// The limit for dicts that look like a snapshot is this number, plus one for each KiB of input. Nearly all
// files have one such dict.
constexpr std::size_t k_most_snapshots = 1024;
constexpr std::uint64_t k_bytes_of_snapshot = 1 << 10;

// The largest number of distinct pairs of integers. There are some dozens of pool ids, but a user's list can
// have millions of pairs.
constexpr std::size_t k_most_pairs = std::size_t{1} << 17;

// A longer list of values that are not records would have JSON text of more than k_largest_extra bytes.
constexpr std::size_t k_most_extra_items = k_largest_extra / 2;

bool all_of_type(std::span<const Value> items, Record type) {
    return std::ranges::all_of(items, [&](const Value& item) { return is_record(item, type); });
}

// Records whose lists are parts of a snapshot and can have any length.
bool is_list_item(const Value& item) {
    return is_record(item, Record::frame) || is_record(item, Record::block) ||
           is_record(item, Record::segment) || is_record(item, Record::annotation);
}

bool all_text(std::span<const Value> items) {
    return std::ranges::all_of(items, [](const Value& item) { return item.is_text(); });
}

}  // namespace

Builder::Builder(std::shared_ptr<ExpansionBudget> budget) : expansion_budget(std::move(budget)) {
    // These texts come first, so that their ids are their indexes in keys.hpp.
    for (const std::string_view name : k_key_names) symbols.intern_text(name);
    for (const std::string_view name : k_action_names) symbols.intern_text(name);
    for (const std::string_view name : k_state_names) symbols.intern_text(name);
}

// The bytes of a text are checked only once, when they are interned. m_repaired has the ids of invalid ones.
std::uint32_t Builder::text(std::string_view bytes) {
    if (bytes.size() > pickle::k_longest_text) bytes = truncate_text(bytes);
    const std::size_t next_id = symbols.text_count();
    const std::uint32_t id = symbols.intern_text(bytes).value();
    if (id == next_id && !is_valid_utf8(bytes))
        m_repaired[id] = symbols.intern_text(repair_utf8(bytes)).value();
    if (m_repaired.empty()) return id;
    const auto repaired = m_repaired.find(id);
    if (repaired == m_repaired.end()) return id;
    ++invalid_texts;
    return repaired->second;
}

// Cuts before a character, not inside one.
std::string_view Builder::truncate_text(std::string_view bytes) {
    ++invalid_texts;
    std::size_t length = pickle::k_longest_text;
    while (length + 3 > pickle::k_longest_text && continues_character(bytes[length])) --length;
    return bytes.substr(0, length);
}

// ---- dicts ----

Value Builder::dict(std::span<const Value> entries, pickle::ListState* owner, bool may_wait,
                    std::uint64_t offset) {
    m_offset = offset;
    m_fields.fill(entries);
    if (looks_like_event()) {
        if (owner != nullptr && may_own_events(*owner)) return build_event(*owner);
        if (may_wait) return pickle::k_not_yet;
        return extra_values.add_dict(entries);
    }
    if (m_fields.has(Key::filename) && m_fields.has(Key::name)) {
        const auto frame = build_frame();
        return frame ? *frame : extra_values.add_dict(entries);
    }
    if (m_fields.has(Key::state) && m_fields.has(Key::size)) return build_block();
    if (looks_like_segment()) return build_segment();
    if (m_fields.has(Key::stage) && m_fields.has(Key::name)) return build_annotation();
    if (looks_like_snapshot()) return build_snapshot();
    return extra_values.add_dict(entries);
}

bool Builder::looks_like_event() const {
    return m_fields.has(Key::action) && m_fields.peek(Key::action).is_text() &&
           (m_fields.has(Key::addr) || m_fields.has(Key::size) || m_fields.has(Key::stream) ||
            m_fields.has(Key::device_free) || m_fields.has(Key::time_us) || m_fields.has(Key::frames));
}

// Recorders of host memory may leave out the blocks.
bool Builder::looks_like_segment() const {
    return m_fields.has(Key::total_size) && (m_fields.has(Key::blocks) || m_fields.has(Key::address));
}

bool Builder::looks_like_snapshot() const {
    return m_fields.has(Key::segments) || m_fields.has(Key::device_traces) ||
           m_fields.has(Key::host_segments) || m_fields.has(Key::host_traces);
}

// A list that began with other values cannot become a trace.
bool Builder::may_own_events(const pickle::ListState& owner) const {
    return owner.stream != pickle::ListState::k_no_stream || (owner.items.empty() && has_room_for_trace());
}

bool Builder::has_room_for_trace() const {
    return traces.size() < k_most_traces + m_offset / k_bytes_of_trace;
}

void refuse_devices(std::uint64_t offset) {
    throw_input(offset, "more than {} devices are not supported (PyTorch supports 128)", k_most_devices);
}

Value Builder::build_snapshot() {
    SnapshotRecord snapshot;
    const auto take = [&](Key key) -> std::optional<Value> {
        if (!m_fields.has(key)) return std::nullopt;
        return m_fields.read(key);
    };
    snapshot.segments = take(Key::segments);
    snapshot.traces = take(Key::device_traces);
    if (snapshot.traces && is_sequence_of(*snapshot.traces, Record::trace) &&
        ids_of(snapshot.traces->id).size() > k_most_devices) {
        refuse_devices(m_offset);
    }
    snapshot.settings = take(Key::allocator_settings);
    snapshot.annotations = take(Key::external_annotations);
    snapshot.host_segments = take(Key::host_segments);
    snapshot.host_traces = take(Key::host_traces);
    m_fields.for_each_unread(
        [&](const Value& key, const Value& value) { snapshot.unread.emplace_back(key, value); });
    // The last one is the outermost, so it replaces the one before it.
    const bool is_full = snapshots.size() >= k_most_snapshots + m_offset / k_bytes_of_snapshot;
    if (is_full) snapshots.pop_back();
    snapshots.push_back(std::move(snapshot));
    return record(Record::snapshot, static_cast<std::uint32_t>(snapshots.size() - 1));
}

void Builder::keep_unread(Extra::Owner owner, std::uint32_t index, std::uint32_t trace) {
    if (m_fields.all_read()) return;
    m_fields.for_each_unread([&](const Value& key, const Value& value) {
        if (!key.is_text()) return count_dropped();
        const TextId kept = extra_value(value);
        if (may_keep_extra(TextId(key.id), kept))
            extras.push_back({owner, trace, index, TextId(key.id), kept});
    });
}

TextId Builder::extra_value(const Value& value) {
    if (value.kind != Kind::record && !value.is_text()) return print_extra(value);
    const std::uint64_t key =
        std::uint64_t{value.is_text()} << 40 | std::uint64_t{value.type} << 32 | value.id;
    const auto [known, is_new] = m_extra_texts.try_emplace(key);
    if (is_new) known->second = print_extra(value);
    return known->second;
}

// Printing is charged in advance, since it also takes time when it gives no text.
TextId Builder::print_extra(const Value& value) {
    if (!charge_kept(k_largest_extra)) return TextId();
    const auto json = extra_values.to_json(value, {symbols, pairs, sequences});
    if (!json) return TextId();
    expansion_budget->refund_kept(k_largest_extra - json->size());
    return symbols.intern_text(*json);
}

// ---- the expansion budget ----

bool Builder::charge(std::uint64_t bytes) {
    expansion_budget->set_bytes_read(m_offset);
    return expansion_budget->charge(bytes);
}

bool Builder::charge_kept(std::uint64_t bytes) {
    expansion_budget->set_bytes_read(m_offset);
    return expansion_budget->charge_kept(bytes);
}

bool Builder::may_keep_extra(TextId key, TextId value) {
    if (value && charge(symbols.text(key).size() + symbols.text(value).size())) return true;
    count_dropped();
    return false;
}

TextId Builder::key_text(const Value& key) {
    if (key.is_text()) return TextId(key.id);
    const auto text = snapshot::key_text(key, symbols);
    return text ? symbols.intern_text(*text) : TextId();
}

TextId Builder::join_texts(std::string_view first, std::string_view second) {
    if (!charge_kept(first.size() + second.size())) return TextId();
    return symbols.intern_text(std::string(first).append(second));
}

TextId Builder::charged(TextId text, std::uint64_t rows) {
    if (!text || charge(rows * symbols.text(text).size())) return text;
    return cut(text);
}

TextId Builder::charged_word(TextId text) {
    if (text && symbols.text(text).size() > k_longest_abbreviation) text = cut(text);
    return charged(text);
}

TextId Builder::cut(TextId text) {
    if (symbols.text(text).size() <= k_longest_cut) return text;
    ++cut_texts;
    return symbols.intern_text(cut_text(symbols.text(text)));
}

FrameId Builder::intern_frame(Frame frame) {
    if (const FrameId known = symbols.find_frame(frame)) return known;
    for (TextId* text : {&frame.name, &frame.filename, &frame.fx_node_op, &frame.fx_node_name,
                         &frame.fx_node_target, &frame.fx_original_trace}) {
        *text = charged(*text);
    }
    return symbols.intern_frame(frame);
}

// ---- lists ----

bool Builder::append(pickle::ListState& list, std::span<const Value> items, std::uint64_t offset) {
    m_offset = offset;
    if (list.stream == pickle::ListState::k_no_stream) {
        if (exceeds_extra_limit(list, items)) {
            // The last item is replaced by a dropped one, so that this does not become a list of records.
            if (is_list_item(list.items.front())) list.items.back() = record(Record::dropped, 0);
            return true;
        }
        const bool is_slice = list.items.empty() && !items.empty() && all_of_type(items, Record::event);
        if (!is_slice || !has_room_for_trace()) return false;
        list.stream = static_cast<std::uint32_t>(traces.size());
        traces.emplace_back();
    }
    append_events(list.stream, items, offset);
    return true;
}

// Whether the list has so many items that it could only be a list of records, but is not one.
bool Builder::exceeds_extra_limit(const pickle::ListState& list, std::span<const Value> items) {
    if (list.items.size() <= k_most_extra_items) return false;
    const Value& first = list.items.front();
    return !is_list_item(first) || !is_list_item(list.items.back()) ||
           !all_of_type(items, static_cast<Record>(first.type));
}

// An event whose dict was closed in this list has been appended already. Any other event repeats an earlier
// one, and is copied.
void Builder::append_events(std::uint32_t trace, std::span<const Value> items, std::uint64_t offset) {
    bool copied = false;
    std::uint32_t next_new = m_acknowledged;
    for (const Value& item : items) {
        if (!is_record(item, Record::event)) {
            count_dropped();
        } else if (item.id >= next_new) {
            if (copied)
                throw_input(offset,
                            "a trace mixes new and repeated entries in an order that no pickler writes");
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
        // A list of entries of another list (a user's slice of a trace) is a trace too.
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
    if (collect_ids(items, Record::frame)) {
        return record(Record::stack, symbols.intern_stack(m_scratch_ids).value());
    }
    if (items.size() == 2 && items[0].kind == Kind::integer && items[1].kind == Kind::integer) {
        return make_pair(items);
    }
    if (all_text(items)) return make_sequence(k_text_sequence, items);
    for (const Record type : {Record::block, Record::segment, Record::annotation}) {
        if (all_of_type(items, type)) return make_sequence(static_cast<std::uint32_t>(type), items);
    }
    const bool traces_only = std::ranges::all_of(
        items, [&](const Value& item) { return is_record(item, Record::trace) || is_empty_list(item); });
    if (traces_only) return make_sequence(static_cast<std::uint32_t>(Record::trace), items);
    return extra_values.add_list(items);
}

// Stores the ids of the items. Returns whether all of them are records of this type.
bool Builder::collect_ids(std::span<const Value> items, Record type) {
    m_scratch_ids.resize(items.size());
    bool is_type = true;
    for (std::size_t i = 0; i < items.size(); ++i) {
        m_scratch_ids[i] = items[i].id;
        is_type &= is_record(items[i], type);
    }
    return is_type;
}

Value Builder::make_pair(std::span<const Value> items) {
    if (pairs.size() >= k_most_pairs) return extra_values.add_list(items);
    return record(Record::pair, pairs.intern({items[0].as_integer(), items[1].as_integer()}));
}

TextId Builder::pair_text(std::uint32_t pair) {
    if (pair >= m_pair_texts.size()) m_pair_texts.resize(pairs.size());
    TextId& text = m_pair_texts[pair];
    if (!text) text = symbols.intern_text(fmt::format("{},{}", pairs[pair].first, pairs[pair].second));
    return text;
}

Value Builder::make_sequence(std::uint32_t type, std::span<const Value> items) {
    m_scratch_ids.clear();
    m_scratch_ids.push_back(type);
    for (const Value& item : items) {
        // An empty list in a list of traces is a device without events.
        const bool is_empty_trace =
            type == static_cast<std::uint32_t>(Record::trace) && is_record(item, Record::stack);
        m_scratch_ids.push_back(is_empty_trace ? StackId::k_none : item.id);
    }
    return record(Record::sequence, sequences.intern(m_scratch_ids.data(), m_scratch_ids.size()));
}

// ---- fields that several records share ----

StackId Builder::read_stack(Key key) {
    if (!m_fields.has(key) || !is_record(m_fields.peek(key), Record::stack)) return StackId();
    return StackId(m_fields.read(key).id);
}

TextId Builder::read_pool(Key key) {
    if (!m_fields.has(key) || !is_record(m_fields.peek(key), Record::pair)) return TextId();
    return pair_text(m_fields.read(key).id);
}

ForwardFrames Builder::read_forward_frames() {
    if (!m_fields.has(Key::forward_frames)) return {};
    const Value value = m_fields.peek(Key::forward_frames);
    const bool is_empty = is_empty_list(value);
    const bool is_text = is_record(value, Record::sequence) && sequences.data(value.id)[0] == k_text_sequence;
    if (!is_empty && !is_text) return {};
    const std::uint32_t key = is_empty ? StackId::k_none : value.id;
    const auto known = m_forward_frames.find(key);
    if (known == m_forward_frames.end()) {
        const TextId text = extra_value(value);
        if (!text) return {};
        const ForwardFrames forward{text, is_text ? forward_stack(value) : StackId()};
        m_forward_frames.emplace(key, forward);
        m_fields.mark_read(Key::forward_frames);
        return forward;
    }
    m_fields.mark_read(Key::forward_frames);
    return known->second;
}

// Called once for each distinct list.
StackId Builder::forward_stack(const Value& texts) {
    std::vector<frames::FrameText> entries;
    for (const std::uint32_t id : ids_of(texts.id)) {
        const auto entry = frames::parse_traceback_entry(symbols.text(TextId(id)));
        if (!entry) return {};
        entries.push_back(*entry);
    }
    if (frames::begins_with_outermost(entries)) std::ranges::reverse(entries);
    std::vector<std::uint32_t> ids;
    for (const frames::FrameText& entry : entries) {
        Frame frame;
        frame.filename = symbols.intern_text(entry.filename);
        frame.name = symbols.intern_text(entry.name);
        frame.line = entry.line;
        ids.push_back(intern_frame(frame).value());
    }
    return ids.empty() ? StackId() : symbols.intern_stack(ids);
}

StackId Builder::read_stack(const ForwardFrames& forward) {
    const StackId stack = read_stack(Key::frames);
    if (!forward.stack) return stack;
    const std::size_t known = symbols.stack_count();
    if (m_repeated_frames > k_repeated_frames + m_offset / k_bytes_of_repeated_frame) return stack;
    const StackId both = symbols.intern_stack(stack, forward.stack);
    if (both.value() == known) m_repeated_frames += symbols.depth(both);
    return both;
}

}  // namespace snapq::snapshot
