#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "snapshot/builder.hpp"
#include "snapshot/settings.hpp"
#include "support/error.hpp"

namespace snapq::snapshot {
namespace {

constexpr std::uint32_t k_unused = 0xffffffffU;

std::string describe(const Value& value, const ExtraValues& extra_values) {
    switch (value.kind) {
        case Kind::none: return "None";
        case Kind::boolean: return "a boolean";
        case Kind::integer:
        case Kind::natural:
        case Kind::real: return "a number";
        case Kind::text: return "text";
        case Kind::record: break;
        default: return "an object";
    }
    const bool is_dict = is_record(value, Record::frame) || is_record(value, Record::block) ||
                         is_record(value, Record::segment) || is_record(value, Record::annotation) ||
                         (is_record(value, Record::extra) && extra_values.is_dict(value));
    return is_dict ? "a dict without 'segments' and 'device_traces'" : "a list of something else";
}

class Assembler {
public:
    explicit Assembler(Builder& builder) : m_builder(builder) {}

    Snapshot run(const Value& root) {
        if (is_record(root, Record::snapshot)) {
            read_snapshot(root.id);
        } else if (!read_wrapped_snapshot(root) && !read_bare_segments(root)) {
            InputError error(fmt::format("the file holds {}, not a memory snapshot",
                                         describe(root, m_builder.extra_values)));
            error.with_hint("snapshots are made by torch.cuda.memory._dump_snapshot(file)");
            throw error;
        }
        count_unused_traces();
        move_segments();
        check_devices();
        move_annotations();
        move_extras();
        add_decoding_anomalies();
        m_snapshot.symbols = std::move(m_builder.symbols);
        m_snapshot.event_tables = std::move(m_builder.event_tables);
        return std::move(m_snapshot);
    }

private:
    // ---- finding the snapshot ----

    // The first snapshot in a user's dict, one level down.
    bool read_wrapped_snapshot(const Value& root) {
        if (!is_record(root, Record::extra) || !m_builder.extra_values.is_dict(root)) return false;
        const std::span<const Value> view = m_builder.extra_values.items(root);
        const std::vector<Value> pairs(view.begin(), view.end());
        bool found = false;
        for (std::size_t i = 0; i + 1 < pairs.size() && !found; i += 2) {
            found = is_record(pairs[i + 1], Record::snapshot);
            if (found) read_snapshot(pairs[i + 1].id);
        }
        if (!found) return false;
        bool skipped_it = false;
        for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
            const bool is_it = !skipped_it && is_record(pairs[i + 1], Record::snapshot);
            skipped_it |= is_it;
            if (!is_it) keep_extra(Extra::Owner::wrapper, pairs[i], pairs[i + 1]);
        }
        return true;
    }

    // The list of torch.cuda.memory_snapshot() and of the first versions of _snapshot(). An empty list is an
    // empty snapshot.
    bool read_bare_segments(const Value& root) {
        if (!m_builder.is_empty_list(root) && !m_builder.is_sequence_of(root, Record::segment)) return false;
        m_snapshot.has_segments = true;
        read_segments(root);
        return true;
    }

    void read_snapshot(std::uint32_t id) {
        const SnapshotRecord& from = m_builder.snapshots[id];
        m_snapshot.has_segments = from.segments.has_value();
        m_snapshot.has_traces = from.traces.has_value();
        if (from.segments) read_segments(*from.segments);
        if (from.traces) read_traces(*from.traces);
        if (from.annotations) read_annotations(*from.annotations);
        if (from.settings) read_settings(*from.settings);
        for (const auto& [key, value] : from.unread) keep_extra(Extra::Owner::snapshot, key, value);
    }

    // ---- its parts ----

    void read_segments(const Value& value) {
        if (m_builder.is_empty_list(value) || value.kind == Kind::none) return;
        if (!m_builder.is_sequence_of(value, Record::segment))
            throw InputError("'segments' is not a list of segments");
        const auto ids = m_builder.ids_of(value.id);
        m_segment_order.assign(ids.begin(), ids.end());
    }

    void read_traces(const Value& value) {
        if (m_builder.is_empty_list(value) || value.kind == Kind::none) return;
        if (is_record(value, Record::trace))
            return read_trace(value.id);  // the list of one device, without the outer list
        if (!m_builder.is_sequence_of(value, Record::trace)) {
            throw InputError("'device_traces' is not a list with a list of trace entries for each device");
        }
        for (const std::uint32_t id : m_builder.ids_of(value.id)) read_trace(id);
    }

    void read_trace(std::uint32_t id) {
        DeviceTrace& trace = m_snapshot.traces.emplace_back();
        trace.device = static_cast<std::int64_t>(m_snapshot.traces.size()) - 1;
        if (m_trace_device.empty()) m_trace_device.assign(m_builder.traces.size(), k_unused);
        if (id == StackId::k_none) return;  // a device without events
        if (m_trace_device[id] != k_unused) {
            throw InputError(
                fmt::format("devices {} and {} share one list of trace entries, which no recorder writes",
                            m_trace_device[id], trace.device));
        }
        m_trace_device[id] = static_cast<std::uint32_t>(trace.device);
        trace.events = std::move(m_builder.traces[id]);
    }

    void read_annotations(const Value& value) {
        if (m_builder.is_empty_list(value) || value.kind == Kind::none) return;
        if (!m_builder.is_sequence_of(value, Record::annotation)) {
            return keep_extra(Extra::Owner::snapshot, Value::text(std::uint32_t(Key::external_annotations)),
                              value);
        }
        const auto ids = m_builder.ids_of(value.id);
        m_annotation_order.assign(ids.begin(), ids.end());
    }

    void read_settings(const Value& value) {
        if (value.kind == Kind::none) return;
        if (!is_record(value, Record::extra) || !m_builder.extra_values.is_dict(value)) {
            return keep_extra(Extra::Owner::snapshot, Value::text(std::uint32_t(Key::allocator_settings)),
                              value);
        }
        flatten_settings(m_builder, value, m_snapshot.settings);
        read_ring_settings(m_builder, value, m_snapshot.traces);
    }

    void keep_extra(Extra::Owner owner, const Value& key, const Value& value) {
        const auto name = key_text(key, m_builder.symbols);
        if (!name) return m_builder.count_dropped();
        const TextId key_id = m_builder.symbols.intern_text(*name);
        const TextId kept = *name == "host_traces" || *name == "host_segments" ? omitted(value)
                                                                               : m_builder.extra_value(value);
        if (kept) m_snapshot.extras.push_back({owner, 0, 0, key_id, kept});
    }

    // Lists of pinned host memory can be as long as traces. Only the number of their items is kept.
    TextId omitted(const Value& value) {
        std::size_t items = 0;
        if (is_record(value, Record::sequence)) items = m_builder.ids_of(value.id).size();
        if (is_record(value, Record::trace)) items = m_builder.traces[value.id].size();
        if (is_record(value, Record::extra)) items = m_builder.extra_values.items(value).size();
        m_builder.count_dropped();
        return m_builder.symbols.intern_text(fmt::format("{{\"omitted_items\":{}}}", items));
    }

    // ---- moving records to their final order ----

    void count_unused_traces() {
        for (std::size_t i = 0; i < m_builder.traces.size(); ++i) {
            const bool used = i < m_trace_device.size() && m_trace_device[i] != k_unused;
            if (!used) m_builder.count_dropped();
        }
    }

    void move_segments() {
        m_new_segment.assign(m_builder.segments.size(), k_unused);
        m_new_block.assign(m_builder.blocks.size(), k_unused);
        for (const std::uint32_t id : m_segment_order) {
            number(m_new_segment[id], m_snapshot.segments.size(), "segment");
            Segment& segment = m_snapshot.segments.emplace_back(m_builder.segments[id]);
            move_blocks(m_builder.segment_blocks[id], segment);
        }
        m_builder.segments = {};
        m_builder.blocks = {};
    }

    void check_devices() const {
        std::set<std::int64_t> devices;
        for (const DeviceTrace& trace : m_snapshot.traces) devices.insert(trace.device);
        for (const Segment& segment : m_snapshot.segments) {
            devices.insert(segment.device);
            if (devices.size() > k_most_devices) refuse_devices(m_builder.offset());
        }
    }

    void move_blocks(std::uint32_t sequence, Segment& segment) {
        segment.first_block = static_cast<std::uint32_t>(m_snapshot.blocks.size());
        if (sequence == Builder::k_no_blocks) return;
        std::uint64_t address = segment.address;
        for (const std::uint32_t id : m_builder.ids_of(sequence)) {
            number(m_new_block[id], m_snapshot.blocks.size(), "block");
            Block& block = m_snapshot.blocks.emplace_back(m_builder.blocks[id]);
            if (!m_builder.block_has_address[id]) block.address = address;
            address = block.address + static_cast<std::uint64_t>(block.size);
            ++segment.block_count;
        }
    }

    void move_annotations() {
        m_new_annotation.assign(m_builder.annotations.size(), k_unused);
        for (const std::uint32_t id : m_annotation_order) {
            number(m_new_annotation[id], m_snapshot.annotations.size(), "annotation");
            m_snapshot.annotations.push_back(m_builder.annotations[id]);
        }
        for (const DeviceTrace& trace : m_snapshot.traces) add_user_defined(trace);
    }

    // Gives a record its number in the snapshot. A second reference to it takes two bytes in the file but
    // would take a hundred here, so it is refused.
    static void number(std::uint32_t& record, std::size_t next, const char* what) {
        if (record != k_unused) {
            throw InputError(fmt::format("one {} is listed twice, which no recorder writes", what));
        }
        record = static_cast<std::uint32_t>(next);
    }

    // Annotations of PyTorch 2.4: events with one frame, whose filename is the label and whose name is START
    // or END.
    void add_user_defined(const DeviceTrace& trace) {
        for (std::size_t event = 0; event < trace.events.size(); ++event) {
            const auto& shape = m_builder.event_tables.shapes[trace.events.shape(event).value()];
            const StackId stack = trace.events.stack(event);
            if (shape.action != Action::user_defined || !stack || m_builder.symbols.depth(stack) == 0)
                continue;
            const Frame& frame = m_builder.symbols.frame(m_builder.symbols.frame_at(stack, 0));
            m_snapshot.annotations.push_back(
                {trace.device, frame.filename, frame.name, trace.events.time_us(event)});
        }
    }

    void move_extras() {
        for (const PendingExtra& pending : m_builder.extras) {
            Extra extra{pending.owner, 0, pending.index, pending.key, pending.value};
            if (find_owner(pending, extra)) {
                m_snapshot.extras.push_back(extra);
            } else {
                m_builder.count_dropped();
            }
        }
    }

    // Sets the number of the owner in the snapshot; false when the snapshot does not have it.
    [[nodiscard]] bool find_owner(const PendingExtra& pending, Extra& extra) const {
        switch (pending.owner) {
            case Extra::Owner::segment: extra.index = m_new_segment[pending.index]; break;
            case Extra::Owner::block: extra.index = m_new_block[pending.index]; break;
            case Extra::Owner::annotation: extra.index = m_new_annotation[pending.index]; break;
            case Extra::Owner::event: {
                if (pending.trace >= m_trace_device.size() || m_trace_device[pending.trace] == k_unused)
                    return false;
                extra.device = m_trace_device[pending.trace];
                return true;
            }
            default: return true;
        }
        return extra.index != k_unused;
    }

    void add_decoding_anomalies() {
        const auto add = [&](Anomaly kind, std::int64_t count) {
            if (count > 0) m_snapshot.anomalies.push_back({std::nullopt, kind, count, std::nullopt});
        };
        add(Anomaly::invalid_text, m_builder.invalid_texts);
        add(Anomaly::dropped_extra, m_builder.dropped_extras);
    }

    Builder& m_builder;
    Snapshot m_snapshot;
    std::vector<std::uint32_t> m_segment_order;
    std::vector<std::uint32_t> m_annotation_order;
    // Numbers of the builder to numbers of the snapshot; k_unused for records that the root does not refer
    // to.
    std::vector<std::uint32_t> m_trace_device;
    std::vector<std::uint32_t> m_new_segment;
    std::vector<std::uint32_t> m_new_block;
    std::vector<std::uint32_t> m_new_annotation;
};

}  // namespace

Snapshot assemble(Builder&& builder, const Value& root) {
    return Assembler(builder).run(root);
}

}  // namespace snapq::snapshot
