#include "snapshot/assembler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_map>
#include <utility>

#include "support/devices.hpp"
#include "support/error.hpp"

namespace snapq::snapshot {
namespace {

constexpr std::uint32_t k_unused = 0xffffffffU;
// Marks the host in m_trace_device, whose other values are the numbers of devices, from 0.
constexpr std::uint32_t k_host = 0xfffffffeU;

// The limit for the events and blocks that are copied to all snapshots of a file together is this number,
// plus one for each eight bytes of input. A pickle needs more than 16 bytes for an event.
constexpr std::uint64_t k_copied_records = std::uint64_t{1} << 20;
constexpr std::uint64_t k_bytes_of_record = 8;

// Whether the file has what only profile_plot writes: categories of allocations, and at most one segment for
// each device, without the sums and the type that the allocator gives it.
bool is_made_by_profile_plot(const Snapshot& snapshot) {
    if (snapshot.traces.empty() || snapshot.traces.back().device == k_host_device) return false;
    const auto& shapes = snapshot.event_tables.shapes;
    bool has_category = false;
    for (std::uint32_t id = 0; id < shapes.size(); ++id) {
        const Action action = shapes[id].action;
        if (action != Action::alloc && action != Action::free_requested && action != Action::free_completed)
            return false;
        has_category |= bool{shapes[id].category};
    }
    std::set<std::int64_t> devices;
    return has_category && std::ranges::all_of(snapshot.segments, [&](const Segment& segment) {
               return segment.segment_type.is_none() && !segment.allocated_size && !segment.active_size &&
                      devices.insert(segment.device).second;
           });
}

class Assembler {
public:
    Assembler(Builder& builder, const FoundSnapshots& found, std::size_t index)
        : m_builder(builder),
          m_found(found),
          m_wanted(found.snapshots[index]),
          m_is_only(found.snapshots.size() == 1),
          m_trace_device(builder.traces.size(), k_unused) {
        m_snapshot.expansion_budget = builder.expansion_budget;
    }

    Snapshot run() {
        const std::int64_t dropped_before = m_builder.dropped_extras;
        const std::int64_t cut_before = m_builder.cut_texts;
        if (is_record(m_wanted.value, Record::snapshot)) {
            read_snapshot(m_wanted.value.id);
        } else {
            m_snapshot.has_segments = true;
            read_segments(m_wanted.value);
        }
        keep_values_beside();
        if (m_is_only) count_unused_traces();
        move_segments();
        check_devices();
        move_annotations();
        move_extras();
        add_decoding_anomalies();
        if (m_is_only) {
            m_snapshot.symbols = std::move(m_builder.symbols);
            m_snapshot.event_tables = std::move(m_builder.event_tables);
        } else {
            keep_used_symbols(m_snapshot, m_builder.symbols, m_builder.event_tables);
            charge_texts_of_rows();
            m_builder.dropped_extras = dropped_before;  // the next snapshot counts its own
            m_builder.cut_texts = cut_before;
        }
        m_snapshot.made_by_profile_plot = is_made_by_profile_plot(m_snapshot);
        return std::move(m_snapshot);
    }

private:
    // ---- around the snapshot ----

    // Keeps the other values of the user's dicts and lists around the snapshot, except values that hold
    // further snapshots.
    void keep_values_beside() {
        SnapshotKey around;
        for (std::size_t depth = 0; depth < m_wanted.containers.size(); ++depth) {
            const bool in_dict = !m_wanted.key.steps[depth].position;
            const std::string prefix = around.path() + (in_dict && depth > 0 ? "." : "");
            for (const OtherValue& other : m_found.others[m_wanted.containers[depth]]) {
                const TextId name = name_of(prefix, other.key, in_dict);
                name ? keep_extra(Extra::Owner::wrapper, name, other.value) : m_builder.count_dropped();
            }
            around.steps.push_back(m_wanted.key.steps[depth]);
        }
    }

    // The path of a value, such as "step" or "job.step"; none when it cannot be kept.
    [[nodiscard]] TextId name_of(const std::string& prefix, const Value& key, bool in_dict) {
        if (!in_dict) return m_builder.join_texts(prefix, fmt::format("[{}]", key.as_integer()));
        const TextId last = m_builder.key_text(key);
        if (prefix.empty() || !last) return last;
        return m_builder.join_texts(prefix, m_builder.symbols.text(last));
    }

    void read_snapshot(std::uint32_t id) {
        const SnapshotRecord& from = m_builder.snapshots[id];
        m_snapshot.has_segments = from.segments.has_value();
        m_snapshot.has_traces = from.traces.has_value();
        if (from.segments) read_segments(*from.segments);
        if (from.traces) read_traces(*from.traces);
        if (from.annotations) read_annotations(*from.annotations);
        if (from.settings) read_settings(*from.settings);
        m_snapshot.has_host_segments = from.host_segments.has_value();
        if (from.host_segments) read_host_segments(*from.host_segments);
        if (from.host_traces) read_host_traces(*from.host_traces);
        for (const auto& [key, value] : from.unread) keep_extra(Extra::Owner::snapshot, key, value);
    }

    // An event list of the only snapshot is moved, since it can be most of the memory.
    [[nodiscard]] EventLog take_events(std::uint32_t trace) {
        if (m_is_only) return std::move(m_builder.traces[trace]);
        charge_copies(m_builder.traces[trace].size());
        return m_builder.traces[trace].clone();
    }

    // Snapshots can share their lists, which takes a few bytes in the file but a copy here and in each
    // archive.
    void charge_copies(std::uint64_t records) {
        m_builder.copied_records += records;
        const std::uint64_t limit = k_copied_records + m_builder.offset() / k_bytes_of_record;
        if (m_builder.copied_records <= limit) return;
        throw InputError(fmt::format(
            "the snapshots share their parts so often that they have more than {} events and blocks", limit));
    }

    // The builder has charged each text once. If the input becomes several archives, each repeats the texts
    // that it uses, so they are charged again.
    void charge_texts_of_rows() {
        std::uint64_t bytes = 0;
        const Symbols& symbols = m_snapshot.symbols;
        const auto add = [&](TextId text, std::uint64_t rows = 1) {
            if (text) bytes += rows * symbols.text(text).size();
        };
        for (std::uint32_t id = 0; id < symbols.frame_count(); ++id) {
            add(symbols.frame(FrameId(id)).filename);
            add(symbols.frame(FrameId(id)).name);
        }
        for (const Annotation& annotation : m_snapshot.annotations) add(annotation.name, k_rows_of_name);
        for (const Extra& extra : m_snapshot.extras) {
            add(extra.key);
            add(extra.value);
        }
        for (const Block& block : m_snapshot.blocks) add(block.state_text);
        for (const Segment& segment : m_snapshot.segments) add(segment.segment_type);
        if (m_snapshot.expansion_budget->charge(bytes)) return;
        throw InputError(
            "the snapshots share their texts so often that their archives would be many times larger");
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
        if (id == StackId::k_none) return;  // a device without events
        if (m_trace_device[id] != k_unused) {
            throw InputError(
                fmt::format("devices {} and {} share one list of trace entries, which no recorder writes",
                            m_trace_device[id], trace.device));
        }
        m_trace_device[id] = static_cast<std::uint32_t>(trace.device);
        trace.events = take_events(id);
    }

    // ---- pinned host memory ----

    // A value of another type is no error, because only the newest versions of PyTorch write the key; only
    // its number of items is kept.
    void read_host_segments(const Value& value) {
        if (m_builder.is_empty_list(value) || value.kind == Kind::none) return;
        if (m_builder.is_sequence_of(value, Record::segment)) {
            for (const std::uint32_t id : m_builder.ids_of(value.id)) {
                m_builder.segments[id].device = k_host_device;
                m_segment_order.push_back(id);
            }
            return;
        }
        m_snapshot.has_host_segments = false;
        keep_omitted(Key::host_segments, value);
    }

    // One list of events, or a list of such lists. The host has one allocator, so several lists are one
    // trace.
    void read_host_traces(const Value& value) {
        if (m_builder.is_empty_list(value) || value.kind == Kind::none) return;
        std::vector<std::uint32_t> ids;
        if (is_record(value, Record::trace)) {
            ids.push_back(value.id);
        } else if (m_builder.is_sequence_of(value, Record::trace)) {
            std::ranges::copy_if(m_builder.ids_of(value.id), std::back_inserter(ids),
                                 [](std::uint32_t id) { return id != StackId::k_none; });
        } else {
            return keep_omitted(Key::host_traces, value);
        }
        if (!ids.empty()) add_host_trace(ids);
    }

    void add_host_trace(const std::vector<std::uint32_t>& ids) {
        std::vector<EventLog> logs;
        for (const std::uint32_t id : ids) {
            if (m_trace_device[id] != k_unused)
                throw InputError("host_traces share a list of trace entries, which no recorder writes");
            m_trace_device[id] = k_host;
            logs.push_back(take_events(id));
        }
        MergedTrace merged = merge_by_time(std::move(logs));
        for (std::size_t i = 0; i < ids.size() && !merged.positions.empty(); ++i)
            m_host_positions.emplace(ids[i], std::move(merged.positions[i]));
        DeviceTrace& trace = m_snapshot.traces.emplace_back();
        trace.device = k_host_device;
        trace.events = std::move(merged.events);
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
        const TextId name = m_builder.key_text(key);
        name ? keep_extra(owner, name, value) : m_builder.count_dropped();
    }

    void keep_extra(Extra::Owner owner, TextId name, const Value& value) {
        const TextId kept = m_builder.extra_value(value);
        if (m_builder.may_keep_extra(name, kept)) m_snapshot.extras.push_back({owner, 0, 0, name, kept});
    }

    // Lists of pinned host memory can be as long as traces. If such a list is not understood, only the number
    // of its items is kept.
    void keep_omitted(Key key, const Value& value) {
        std::size_t items = 0;
        if (is_record(value, Record::sequence)) items = m_builder.ids_of(value.id).size();
        if (is_record(value, Record::trace)) items = m_builder.traces[value.id].size();
        if (is_record(value, Record::extra)) items = m_builder.extra_values.items(value).size();
        m_builder.count_dropped();
        const TextId text = m_builder.symbols.intern_text(fmt::format("{{\"omitted_items\":{}}}", items));
        m_snapshot.extras.push_back(
            {Extra::Owner::snapshot, 0, 0, TextId(static_cast<std::uint32_t>(key)), text});
    }

    // ---- moving records to their final order ----

    void count_unused_traces() {
        for (const std::uint32_t device : m_trace_device) {
            if (device == k_unused) m_builder.count_dropped();
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
        if (!m_is_only) return;
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
        if (!m_is_only) charge_copies(m_builder.ids_of(sequence).size());
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
            const Frame frame = m_builder.symbols.frame(m_builder.symbols.frame_at(stack, 0));
            m_snapshot.annotations.push_back({trace.device, m_builder.charged(frame.filename, k_rows_of_name),
                                              m_builder.charged(frame.name), trace.events.time_us(event)});
        }
    }

    void move_extras() {
        for (const PendingExtra& pending : m_builder.extras) {
            Extra extra{pending.owner, 0, pending.index, pending.key, pending.value};
            if (find_owner(pending, extra)) {
                m_snapshot.extras.push_back(extra);
            } else if (m_is_only) {
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
                if (m_trace_device[pending.trace] == k_unused) return false;
                if (m_trace_device[pending.trace] != k_host) {
                    extra.device = m_trace_device[pending.trace];
                    return true;
                }
                extra.device = k_host_device;
                const auto moved = m_host_positions.find(pending.trace);
                if (moved != m_host_positions.end()) extra.index = moved->second[pending.index];
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
        add(Anomaly::cut_text, m_builder.cut_texts);
    }

    Builder& m_builder;
    const FoundSnapshots& m_found;
    const FoundSnapshot& m_wanted;
    const bool m_is_only;  // other snapshots of the file do not need the records of the builder
    Snapshot m_snapshot;
    std::vector<std::uint32_t> m_segment_order;
    std::vector<std::uint32_t> m_annotation_order;
    // Numbers of the builder to numbers of the snapshot; k_unused for records that the root does not refer
    // to.
    std::vector<std::uint32_t> m_trace_device;
    // Only if the host has several traces: for each of them, the positions of its events in the merged trace.
    std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> m_host_positions;
    std::vector<std::uint32_t> m_new_segment;
    std::vector<std::uint32_t> m_new_block;
    std::vector<std::uint32_t> m_new_annotation;
};

}  // namespace

Snapshot assemble(Builder& builder, const FoundSnapshots& found, std::size_t index) {
    return Assembler(builder, found, index).run();
}

}  // namespace snapq::snapshot
