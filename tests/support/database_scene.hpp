// A small snapshot with rows for every table, its database, and queries on that database.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/database_builder.hpp"
#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/vfs.hpp"
#include "support/archive_files.hpp"
#include "timeline/replay/replay.hpp"

namespace snapq::archive::tests {

// The fields of an event in a test. Its other properties follow from the action.
struct EventText {
    snapshot::Action action;
    std::string_view name;
    std::optional<std::uint64_t> address;
    std::optional<std::int64_t> size;
    snapshot::StackId stack;
    std::optional<std::int64_t> time_us;
    std::string_view context = "N/A";
};

inline void add_event(snapshot::Snapshot& snapshot, snapshot::DeviceTrace& trace, const EventText& text) {
    snapshot::EventShape shape;
    shape.action = text.action;
    shape.action_text = snapshot.symbols.intern_text(text.name);
    shape.has_address = text.address.has_value();
    shape.has_size = text.size.has_value();
    shape.size = text.size.value_or(0);
    shape.has_stream = true;
    shape.stream = 7;
    shape.pool = snapshot.symbols.intern_text("1,0");
    if (!text.context.empty()) shape.compile_context = snapshot.symbols.intern_text(text.context);
    if (text.action == snapshot::Action::oom) {
        shape.has_device_free = true;
        shape.device_free = 4096;
    }
    trace.events.append(snapshot.event_tables.intern_address(text.address.value_or(0)),
                        snapshot::ShapeId(snapshot.event_tables.shapes.intern(shape)), text.stack,
                        text.time_us);
}

inline snapshot::StackId add_stack(snapshot::Symbols& symbols,
                                   std::initializer_list<snapshot::Frame> frames) {
    std::vector<std::uint32_t> ids;
    for (const snapshot::Frame& frame : frames) ids.push_back(symbols.intern_frame(frame).value());
    return symbols.intern_stack(ids);
}

inline snapshot::Frame make_frame(snapshot::Symbols& symbols, std::string_view file, std::int64_t line,
                                  std::string_view name) {
    snapshot::Frame frame;
    frame.filename = symbols.intern_text(file);
    frame.line = line;
    frame.name = symbols.intern_text(name);
    return frame;
}

class Scene {
public:
    static constexpr std::uint64_t k_a = 0x7f0000000000;
    static constexpr std::uint64_t k_b = 0x7f0000000400;
    static constexpr std::uint64_t k_old = 0x7f0000000800;
    static constexpr std::uint64_t k_high = 0xffff800000001000;  // negative as a signed number

    Scene() {
        add_stacks();
        add_trace();
        add_segments();
        add_sides();
        m_replay = timeline::replay_device(m_snapshot, 0, timeline::Preexisting::all);
        add_tables();
        m_manifest.snapq_version = "0.1.0";
        m_manifest.source_name = "a.pickle";
        m_manifest.source_bytes = 123;
        m_manifest.source_kind = "pickle";
        m_manifest.labels = {{"run", "7"}};
        m_manifest.devices = {0};
        m_manifest.anomalies = {{.device = 0, .kind = "unmatched_free", .count = 1, .first_event = 5},
                                {.device = {}, .kind = "invalid_text", .count = 2, .first_event = {}}};
    }

    void build(int fd) const {
        const timeline::StackedTimeline stacked_timeline(m_snapshot, m_replay, {});
        const DeviceContents device{&m_replay, &m_tables, &stacked_timeline};
        const auto classify = [this](snapshot::StackId stack, std::size_t) {
            frames::StackClass about;
            if (m_snapshot.symbols.depth(stack) == 0) {
                about.site = "[no stack]";
                return about;
            }
            about.kind = frames::StackKind::python;
            about.site = "model.py:7 f";
            about.site_frame = m_snapshot.symbols.frame_at(stack, 0);
            about.op = "div";
            return about;
        };
        const frames::StackPhases phases(m_snapshot.symbols);
        build_database(fd, {m_snapshot, m_manifest, std::span(&device, 1), phases, classify,
                            [](snapshot::StackId stack) { return -std::int64_t{stack.value()}; }});
    }

    snapshot::Snapshot m_snapshot;
    timeline::Replay m_replay;
    timeline::DeviceTables m_tables;
    Manifest m_manifest;
    snapshot::StackId m_outer, m_inner, m_empty;

private:
    void add_stacks() {
        snapshot::Symbols& symbols = m_snapshot.symbols;
        snapshot::Frame inner = make_frame(symbols, "model.py", 7, "f");
        inner.fx_node_op = symbols.intern_text("call_function");
        const snapshot::Frame outer = make_frame(symbols, "??", -1, "main");
        m_inner = add_stack(symbols, {inner, outer});
        m_outer = add_stack(symbols, {outer});
        m_empty = add_stack(symbols, {});
    }

    void add_trace() {
        using snapshot::Action;
        m_snapshot.has_traces = true;
        snapshot::DeviceTrace& trace = m_snapshot.traces.emplace_back();
        const auto add = [&](const EventText& text) { add_event(m_snapshot, trace, text); };
        add({Action::segment_alloc, "segment_alloc", k_a, 2097152, m_inner, 1000});
        add({Action::alloc, "alloc", k_a, 512, m_inner, 1010});
        add({Action::alloc, "alloc", k_b, 1024, m_outer, 1020, "Torch-Compiled Region: 0/0"});
        add({Action::free_requested, "free_requested", k_a, 512, m_outer, 1030});
        add({Action::free_completed, "free_completed", k_a, 512, m_outer, 1040});
        add({Action::free_requested, "free_requested", k_old, 256, m_empty, 1050});
        add({Action::free_completed, "free_completed", k_old, 256, m_empty, 1060});
        add({Action::oom, "oom", {}, 1073741824, m_inner, 1070, ""});
        add({Action::alloc, "alloc", k_high, 2048, {}, {}});
        // The size differs from that of the alloc, so the row of the alloc does not contain this event.
        add({Action::free_requested, "free_requested", k_b, 1000, m_outer, 1080,
             "Torch-Compiled Region: 0/0"});
        add({Action::free_completed, "free_completed", k_b, 1024, m_outer, 1090,
             "Torch-Compiled Region: 0/0"});
        add({Action::other, "workspace_snapshot", 0, {}, {}, 1100});
    }

    void add_segments() {
        m_snapshot.has_segments = true;
        snapshot::Symbols& symbols = m_snapshot.symbols;
        m_snapshot.segments.emplace_back().address = 0x10;  // a segment without blocks
        snapshot::Segment& segment = m_snapshot.segments.emplace_back();
        segment.address = k_high;
        segment.total_size = 4096;
        segment.allocated_size = 4096;
        segment.stream = 9;
        segment.segment_type = symbols.intern_text("small");
        segment.pool = symbols.intern_text("2,3");
        segment.is_expandable = true;
        segment.stack = m_empty;
        segment.block_count = 2;
        add_block(k_high, 2048, 2048, {});
        add_block(k_high + 2048, 2048, 2000, symbols.intern_text("[\"forward\\n\"]"));
    }

    void add_block(std::uint64_t address, std::int64_t size, std::int64_t requested,
                   snapshot::TextId forward) {
        snapshot::Block& block = m_snapshot.blocks.emplace_back();
        block.address = address;
        block.size = size;
        block.requested_size = requested;
        block.requested = requested;
        block.state = snapshot::BlockState::active_allocated;
        block.state_text = m_snapshot.symbols.intern_text("active_allocated");
        block.stack = m_outer;
        block.forward_frames = forward;
    }

    void add_sides() {
        snapshot::Symbols& symbols = m_snapshot.symbols;
        m_snapshot.annotations.push_back(
            {0, symbols.intern_text("step"), symbols.intern_text("START"), 1005});
        m_snapshot.annotations.push_back({{}, symbols.intern_text("step"), {}, {}});
        m_snapshot.settings = {{"a.b", "1"}, {"a.b", "2"}, {"conf", ""}};
        const snapshot::TextId key = symbols.intern_text("novel");
        const snapshot::TextId value = symbols.intern_text("[1]");
        using Owner = snapshot::Extra::Owner;
        m_snapshot.extras = {{Owner::snapshot, 0, 0, key, value}, {Owner::segment, 0, 1, key, value},
                             {Owner::block, 0, 1, key, value},    {Owner::event, 0, 4, key, value},
                             {Owner::frame, 0, 1, key, value},    {Owner::annotation, 0, 1, key, value},
                             {Owner::wrapper, 0, 0, key, value}};
    }

    void add_tables() {
        report::DeviceFigures& figures = m_tables.figures;
        figures.event_count = 12;
        figures.allocation_count = m_replay.elements.size();
        figures.has_trace = true;
        figures.timesteps = 0;
        figures.preexisting_bytes = 0;
        figures.peak_requested_bytes = 5304;
        figures.peak_event = 1;
        figures.peak_stack_id = m_inner.value();
        figures.end_requested_bytes = 0;
        figures.unfreed_bytes = 0;
        figures.pending_bytes = 0;
        figures.oom_events = 0;
        m_tables.timeline = {{-1, {}, {}, 2256, {}}, {1, 10, 1010, 2768, 4096}};
        timeline::StackTotalRow total;
        total.stack = m_inner;
        total.min_size = 512;
        total.unfreed_tenths = {1, 0, 0, 0, 0, 0, 0, 0, 0, 2};
        total.has_unfreed_tenths = true;
        timeline::StackTotalRow before;
        before.origin = timeline::Origin::preexisting_freed;
        m_tables.stack_totals = {total, before};
        m_tables.live_stacks = {
            {"peak", m_inner, timeline::Origin::trace, 100, 2, timeline::Category::gradient},
            {"peak", m_inner, timeline::Origin::preexisting_kept, 50, 1, timeline::Category::parameter}};
        m_tables.stream_totals = {{7, m_snapshot.symbols.intern_text("1,0"), 3, 100, 90, 95, 10}, {}};
        m_tables.fragmentation = {{"end", false, 10, 9, 1, 0, 0, 1, 0, 0, 0, 5},
                                  {"peak", true, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}};
        const snapshot::TextId graph = m_snapshot.symbols.intern_text("1,0");
        m_tables.pools = {{1, graph, 7, true, false, m_tables.fragmentation[0]},
                          {2, {}, {}, false, true, m_tables.fragmentation[1]}};
        m_tables.ooms = {
            {7,
             1070,
             1073741824,
             4096,
             100,
             200,
             300,
             400,
             true,
             m_inner,
             7,
             graph,
             true,
             2048,
             50,
             40,
             "",
             {{timeline::k_unusable_stream, graph, 9, 60, 30}, {timeline::k_unusable_pending, {}, {}, 1, 1}}},
            {8, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, true, {}, {}, {}, timeline::k_lacks_size, {}}};
        m_tables.steps = {{0, 1, 10, 2256, 2768, 1, 2000, 3584}};
        m_tables.step_basis = "optimizer";
        m_tables.category_totals = {{"peak", timeline::Category::gradient, 100, 2, 40, 1}};
        m_tables.category_timeline = {{1, timeline::Category::gradient, 100}};
        m_tables.categories.basis = timeline::CategoryBasis::both_stacks;
        m_tables.categories.by_idx.resize(m_replay.elements.size(),
                                          static_cast<std::uint8_t>(timeline::Category::gradient));
        m_tables.spans = {{m_snapshot.symbols.intern_text("step"), 0, true, 1, {}, 1005, {}, 1, 2, 3, {}}};
    }
};

// Opens a database file by its descriptor and runs queries.
class Questions {
public:
    explicit Questions(int fd)
        : m_connection(sqlite::name_of_descriptor(fd), sqlite::OpenMode::read_only,
                       sqlite::descriptor_vfs()) {}

    // The rows as "a|b|c"; NULL is "-".
    std::vector<std::string> rows(std::string_view sql) {
        std::vector<std::string> rows;
        sqlite::Statement statement = m_connection.prepare(sql);
        while (statement.step()) {
            std::string& row = rows.emplace_back();
            for (int column = 0; column < statement.column_count(); ++column) {
                if (column > 0) row += '|';
                row += statement.is_null(column) ? "-" : statement.text(column);
            }
        }
        return rows;
    }
    std::string row(std::string_view sql) {
        const auto all = rows(sql);
        REQUIRE(all.size() == 1);
        return all[0];
    }

private:
    sqlite::Connection m_connection;
};

}  // namespace snapq::archive::tests
