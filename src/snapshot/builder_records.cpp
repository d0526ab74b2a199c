// The part of Builder with one function for each kind of dict. Keys that a function does not read go to table
// `extra`.
#include <algorithm>

#include "snapshot/builder.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::snapshot {
namespace {

// The limit for entries that are also in a second list, such as a user's slice of a trace, is this number,
// plus one for each 32 bytes of input. The latter is seven times the number of entries in an ordinary file.
constexpr std::uint64_t k_copied_events = std::uint64_t{1} << 17;
constexpr std::uint64_t k_bytes_of_copy = 32;

Action action_of(TextId text) {
    const std::uint32_t first = k_key_names.size();
    const std::uint32_t index = text.value() - first;
    return text.value() >= first && index < k_action_names.size() ? static_cast<Action>(index)
                                                                  : Action::other;
}

BlockState state_of(TextId text) {
    const std::uint32_t first = k_key_names.size() + k_action_names.size();
    switch (text.value() - first) {
        case 0: return BlockState::active_allocated;
        case 1:
        case 3: return BlockState::active_pending_free;
        default: return BlockState::inactive;
    }
}

}  // namespace

// ---- trace entries ----

Value Builder::build_event(pickle::ListState& owner) {
    if (owner.stream == pickle::ListState::k_no_stream) {
        owner.stream = static_cast<std::uint32_t>(traces.size());
        traces.emplace_back();
    }
    EventShape shape;
    shape.action_text = m_fields.text(Key::action);
    shape.action = action_of(shape.action_text);
    if (shape.action == Action::other) shape.action_text = charged_word(shape.action_text);
    std::int64_t address = 0;
    shape.has_address = m_fields.integer(Key::addr, address);
    shape.has_size = m_fields.integer(Key::size, shape.size);
    shape.has_stream = m_fields.integer(Key::stream, shape.stream);
    shape.has_device_free = m_fields.integer(Key::device_free, shape.device_free);
    shape.pool = read_pool(Key::pool_id);
    shape.compile_context = m_fields.text(Key::compile_context);
    shape.user_metadata = m_fields.text(Key::user_metadata);
    if (m_fields.has(Key::category) && m_fields.peek(Key::category).is_text())
        shape.category = TextId(m_fields.peek(Key::category).id);
    const ForwardFrames forward = read_forward_frames();
    shape.forward_frames = forward.text;
    std::int64_t time_us = 0;
    const bool has_time = m_fields.integer(Key::time_us, time_us);
    const StackId stack = read_stack(forward);
    const std::uint32_t address_id = event_tables.intern_address(static_cast<std::uint64_t>(address));
    keep_unread(Extra::Owner::event, static_cast<std::uint32_t>(traces[owner.stream].size()), owner.stream);
    append_event(owner.stream, shape, address_id, stack, has_time ? std::optional(time_us) : std::nullopt);
    return record(Record::event, m_event_count - 1);
}

void Builder::append_event(std::uint32_t trace, const EventShape& shape, std::uint32_t address_id,
                           StackId stack, std::optional<std::int64_t> time_us) {
    EventLog& log = traces[trace];
    if (m_event_runs.empty() || m_event_runs.back().trace != trace) {
        m_event_runs.push_back({m_event_count, trace, static_cast<std::uint32_t>(log.size())});
    }
    log.append(address_id, ShapeId(event_tables.shapes.intern(shape)), stack, time_us);
    if (++m_event_count == EventLog::k_no_event)
        throw InputError("more than 4294967294 events are not supported");
}

void Builder::copy_event(std::uint32_t trace, std::uint32_t ordinal) {
    const auto after = std::ranges::upper_bound(m_event_runs, ordinal, {}, &EventRun::first_ordinal);
    const EventRun& run = *(after - 1);
    const EventLog& from = traces[run.trace];
    const std::uint32_t event = run.first_event + (ordinal - run.first_ordinal);
    if (++m_copied_events > k_copied_events + m_offset / k_bytes_of_copy) {
        throw_input(m_offset, "{} trace entries repeat other entries, which no recorder writes",
                    m_copied_events);
    }
    const EventShape shape = event_tables.shapes[from.shape(event).value()];
    append_event(trace, shape, from.address_id(event), from.stack(event), from.time_us(event));
}

// ---- frames ----

std::optional<Value> Builder::build_frame() {
    Frame frame;
    frame.name = m_fields.text(Key::name);
    frame.filename = m_fields.text(Key::filename);
    if (!frame.name || !frame.filename) return std::nullopt;
    frame.line = m_fields.integer(Key::line).value_or(0);
    frame.fx_node_op = m_fields.text(Key::fx_node_op);
    frame.fx_node_name = m_fields.text(Key::fx_node_name);
    frame.fx_node_target = m_fields.text(Key::fx_node_target);
    frame.fx_original_trace = m_fields.text(Key::fx_original_trace);
    const std::size_t known = symbols.frame_count();
    const FrameId id = intern_frame(frame);
    if (id.value() == known) keep_unread(Extra::Owner::frame, id.value());
    return record(Record::frame, id.value());
}

// ---- blocks and segments ----

Value Builder::build_block() {
    Block block;
    const auto address = m_fields.integer(Key::address);
    block.address = static_cast<std::uint64_t>(address.value_or(0));
    block.size = m_fields.integer(Key::size).value_or(0);
    block.requested_size = m_fields.integer(Key::requested_size);
    block.state_text = m_fields.text(Key::state);
    block.state = state_of(block.state_text);
    block.state_text = charged_word(block.state_text);
    block.requested = block.requested_size.value_or(block.size);
    const ForwardFrames forward = read_forward_frames();
    block.forward_frames = forward.text;
    block.stack = read_stack(forward);
    if (m_fields.has(Key::history)) read_history(block);
    const auto id = static_cast<std::uint32_t>(blocks.size());
    keep_unread(Extra::Owner::block, id);
    blocks.push_back(block);
    block_has_address.push_back(address.has_value());
    return record(Record::block, id);
}

// PyTorch 1.13 to 2.0: the first item is the newest allocation. The history itself goes to table `extra`.
void Builder::read_history(Block& block) {
    const Value& history = m_fields.peek(Key::history);
    if (!is_record(history, Record::extra) || extra_values.is_dict(history)) return;
    const Value newest = extra_values.items(history)[0];
    if (!is_record(newest, Record::extra) || !extra_values.is_dict(newest)) return;
    const std::span<const Value> entries = extra_values.items(newest);
    for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
        if (!entries[i].is_text() || entries[i].id >= k_key_names.size()) continue;
        const Value& value = entries[i + 1];
        const auto key = static_cast<Key>(entries[i].id);
        if (key == Key::real_size && !block.requested_size) {
            block.requested = Fields::to_integer(value).value_or(block.requested);
        }
        if (key == Key::frames && !block.stack && is_record(value, Record::stack))
            block.stack = StackId(value.id);
    }
}

Value Builder::build_segment() {
    Segment segment;
    segment.device = m_fields.integer(Key::device).value_or(0);
    segment.address = static_cast<std::uint64_t>(m_fields.integer(Key::address).value_or(0));
    segment.total_size = m_fields.integer(Key::total_size).value_or(0);
    segment.allocated_size = m_fields.integer(Key::allocated_size);
    segment.active_size = m_fields.integer(Key::active_size);
    segment.requested_size = m_fields.integer(Key::requested_size);
    segment.stream = m_fields.integer(Key::stream);
    segment.segment_type = charged_word(m_fields.text(Key::segment_type));
    segment.pool = read_pool(Key::segment_pool_id);
    if (const auto expandable = m_fields.integer(Key::is_expandable))
        segment.is_expandable = *expandable != 0;
    const ForwardFrames forward = read_forward_frames();
    segment.forward_frames = forward.text;
    segment.stack = read_stack(forward);
    segment.has_blocks = m_fields.has(Key::blocks);
    segment_blocks.push_back(read_blocks());
    const auto id = static_cast<std::uint32_t>(segments.size());
    keep_unread(Extra::Owner::segment, id);
    segments.push_back(segment);
    return record(Record::segment, id);
}

// Only the list is stored here. The assembler counts the blocks, for the segments of the final snapshot.
std::uint32_t Builder::read_blocks() {
    if (!m_fields.has(Key::blocks)) return k_no_blocks;
    const Value& value = m_fields.peek(Key::blocks);
    if (is_empty_list(value)) m_fields.mark_read(Key::blocks);
    if (!is_sequence_of(value, Record::block)) return k_no_blocks;
    m_fields.mark_read(Key::blocks);
    return value.id;
}

// ---- annotations ----

// The C++ pickler writes every value of an annotation as text.
std::optional<std::int64_t> Builder::read_number(Key key) {
    if (const auto number = m_fields.integer(key)) return number;
    if (!m_fields.has(key) || !m_fields.peek(key).is_text()) return std::nullopt;
    const auto number = parse_integer(symbols.text(TextId(m_fields.peek(key).id)));
    if (number) m_fields.mark_read(key);
    return number;
}

Value Builder::build_annotation() {
    Annotation annotation;
    annotation.device = read_number(Key::device);
    annotation.name = charged(m_fields.text(Key::name), k_rows_of_name);
    annotation.stage = charged(m_fields.text(Key::stage));
    annotation.time_us = read_number(Key::time_us);
    const auto id = static_cast<std::uint32_t>(annotations.size());
    keep_unread(Extra::Owner::annotation, id);
    annotations.push_back(annotation);
    return record(Record::annotation, id);
}

}  // namespace snapq::snapshot
