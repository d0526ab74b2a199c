#include "snapshot/assembler.hpp"

#include <vector>

namespace snapq::snapshot {
namespace {

constexpr std::uint32_t k_no_id = 0xffffffffU;

// Marks ids as used, then gives the used ones new ids.
class Ids {
public:
    explicit Ids(std::size_t count) : m_new(count, k_no_id) {}

    void use(std::uint32_t id) { m_new[id] = 0; }
    [[nodiscard]] bool is_used(std::uint32_t id) const { return m_new[id] != k_no_id; }
    // Calls `make(id)`, which returns the new id, for each used id in ascending order.
    template <typename Make>
    void renumber(Make&& make) {
        for (std::uint32_t id = 0; id < m_new.size(); ++id) {
            if (m_new[id] != k_no_id) m_new[id] = make(id);
        }
    }
    [[nodiscard]] std::uint32_t operator[](std::uint32_t id) const { return m_new[id]; }
    [[nodiscard]] const std::vector<std::uint32_t>& all() const { return m_new; }

private:
    std::vector<std::uint32_t> m_new;  // by old id
};

class Renumbering {
public:
    Renumbering(Snapshot& snapshot, const Symbols& symbols, const EventTables& tables)
        : m_snapshot(snapshot),
          m_old(symbols),
          m_old_tables(tables),
          m_texts(symbols.text_count()),
          m_frames(symbols.frame_count()),
          m_stacks(symbols.stack_count()),
          m_shapes(tables.shapes.size()),
          m_addresses(tables.address_count()) {}

    void run() {
        mark_events();
        each_field([this](auto& id) { use(id); });
        mark_frames();
        m_texts.renumber(
            [this](std::uint32_t id) { return symbols().intern_text(m_old.text(TextId(id))).value(); });
        m_frames.renumber([this](std::uint32_t id) { return keep_frame(m_old.frame(FrameId(id))); });
        m_stacks.renumber([this](std::uint32_t id) { return keep_stack(StackId(id)); });
        m_addresses.renumber(
            [this](std::uint32_t id) { return tables().intern_address(m_old_tables.address(id)); });
        m_shapes.renumber([this](std::uint32_t id) { return keep_shape(id); });
        each_field([this](auto& id) { id = renumbered(id); });
        for (Extra& extra : m_snapshot.extras) {
            if (extra.owner == Extra::Owner::frame)
                extra.index = m_frames[static_cast<std::uint32_t>(extra.index)];
        }
        for (DeviceTrace& trace : m_snapshot.traces) {
            trace.events.renumber(m_shapes.all(), m_addresses.all(), m_stacks.all());
        }
    }

private:
    Symbols& symbols() { return m_snapshot.symbols; }
    EventTables& tables() { return m_snapshot.event_tables; }

    void use(TextId id) {
        if (id) m_texts.use(id.value());
    }
    void use(StackId id) {
        if (!id) return;
        m_stacks.use(id.value());
        use(m_old.forward_of(id));
    }
    [[nodiscard]] TextId renumbered(TextId id) const { return id ? TextId(m_texts[id.value()]) : id; }
    [[nodiscard]] StackId renumbered(StackId id) const { return id ? StackId(m_stacks[id.value()]) : id; }

    // Calls `visit` for each text and stack of the records that are not events. A new field with an id needs
    // a line here.
    template <typename Visit>
    void each_field(Visit&& visit) {
        for (Segment& segment : m_snapshot.segments) {
            visit(segment.segment_type);
            visit(segment.pool);
            visit(segment.stack);
            visit(segment.forward_frames);
        }
        for (Block& block : m_snapshot.blocks) {
            visit(block.state_text);
            visit(block.stack);
            visit(block.forward_frames);
        }
        for (Annotation& annotation : m_snapshot.annotations) {
            visit(annotation.name);
            visit(annotation.stage);
        }
        for (Extra& extra : m_snapshot.extras) {
            visit(extra.key);
            visit(extra.value);
        }
    }

    // The same for the fields of an event.
    template <typename Visit>
    static void each_field(EventShape& shape, Visit&& visit) {
        visit(shape.action_text);
        visit(shape.pool);
        visit(shape.compile_context);
        visit(shape.user_metadata);
        visit(shape.forward_frames);
        visit(shape.category);
    }

    void mark_events() {
        for (const DeviceTrace& trace : m_snapshot.traces) {
            for (std::size_t event = 0; event < trace.events.size(); ++event) {
                m_shapes.use(trace.events.shape(event).value());
                m_addresses.use(trace.events.address_id(event));
                use(trace.events.stack(event));
            }
        }
        for (std::uint32_t id = 0; id < m_old_tables.shapes.size(); ++id) {
            if (!m_shapes.is_used(id)) continue;
            EventShape shape = m_old_tables.shapes[id];
            each_field(shape, [this](auto& field) { use(field); });
        }
    }

    // Marks the frames of used stacks and the texts of those frames. Extras of unused frames are removed.
    void mark_frames() {
        for (std::uint32_t id = 0; id < m_old.stack_count(); ++id) {
            if (!m_stacks.is_used(id)) continue;
            for (std::size_t depth = 0; depth < m_old.depth(StackId(id)); ++depth) {
                m_frames.use(m_old.frame_at(StackId(id), depth).value());
            }
        }
        for (std::uint32_t id = 0; id < m_old.frame_count(); ++id) {
            if (!m_frames.is_used(id)) continue;
            Frame frame = m_old.frame(FrameId(id));
            each_text(frame, [this](TextId& text) { use(text); });
        }
        std::erase_if(m_snapshot.extras, [this](const Extra& extra) {
            return extra.owner == Extra::Owner::frame &&
                   !m_frames.is_used(static_cast<std::uint32_t>(extra.index));
        });
    }

    template <typename Visit>
    static void each_text(Frame& frame, Visit&& visit) {
        visit(frame.filename);
        visit(frame.name);
        visit(frame.fx_node_op);
        visit(frame.fx_node_name);
        visit(frame.fx_node_target);
        visit(frame.fx_original_trace);
    }

    std::uint32_t keep_frame(Frame frame) {
        each_text(frame, [this](TextId& text) { text = renumbered(text); });
        return symbols().intern_frame(frame).value();
    }

    std::uint32_t keep_stack(StackId stack) {
        m_scratch.clear();
        for (std::size_t depth = 0; depth < m_old.depth(stack); ++depth) {
            m_scratch.push_back(m_frames[m_old.frame_at(stack, depth).value()]);
        }
        const StackId kept = symbols().intern_stack(m_scratch);
        const StackId forward = m_old.forward_of(stack);
        if (!forward) return kept.value();
        // A forward stack has a smaller id than the stacks that refer to it, so it has its new id by now.
        return symbols().intern_stack(kept, StackId(m_stacks[forward.value()])).value();
    }

    std::uint32_t keep_shape(std::uint32_t id) {
        EventShape shape = m_old_tables.shapes[id];
        each_field(shape, [this](auto& field) { field = renumbered(field); });
        return tables().shapes.intern(shape);
    }

    Snapshot& m_snapshot;
    const Symbols& m_old;
    const EventTables& m_old_tables;
    Ids m_texts;
    Ids m_frames;
    Ids m_stacks;
    Ids m_shapes;
    Ids m_addresses;
    std::vector<std::uint32_t> m_scratch;
};

}  // namespace

void keep_used_symbols(Snapshot& snapshot, const Symbols& symbols, const EventTables& tables) {
    Renumbering(snapshot, symbols, tables).run();
}

}  // namespace snapq::snapshot
