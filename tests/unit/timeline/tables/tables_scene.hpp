// Builds small snapshots event by event, for the tests of the precomputed tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "snapshot/model.hpp"
#include "timeline/replay/replay.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

inline constexpr std::int64_t k_mib = 1 << 20;

class Scene {
public:
    static constexpr std::int64_t k_mib = timeline::k_mib;

    struct BlockSpec {
        std::int64_t size = 0;
        std::int64_t requested = 0;  // 0: a free block
        snapshot::BlockState state = snapshot::BlockState::active_allocated;
        std::string stack = "block";
    };
    struct SegmentSpec {
        std::uint64_t address = 0;
        std::vector<BlockSpec> blocks;  // one after the other
        bool expandable = false;
        std::int64_t stream = 0;
        std::string pool = {};  // empty: no pool id
        std::int64_t device = 0;
        std::int64_t rest = 0;  // bytes after the last block that no block covers
        std::string type = {};  // small or large; empty: no type
    };

    Scene() { m_snapshot.traces.emplace_back(); }

    // These apply to the events that are added afterwards. A stack has one frame: a function of scene.py,
    // "FILE.py:FUNCTION", or a C++ function with "::" in its name.
    Scene& stack(const std::string& name) { return m_stack = name, *this; }
    Scene& stream(std::int64_t value) { return m_stream = value, *this; }
    Scene& pool(const std::string& name) { return m_pool = name, *this; }
    Scene& at(std::optional<std::int64_t> time_us) { return m_time = time_us, *this; }
    Scene& device(std::size_t value) {
        m_device = value;
        while (m_snapshot.traces.size() <= value) {
            const auto number = static_cast<std::int64_t>(m_snapshot.traces.size());
            m_snapshot.traces.emplace_back().device = number;
        }
        return *this;
    }

    Scene& alloc(std::uint64_t address, std::int64_t size) {
        return add(snapshot::Action::alloc, address, size);
    }
    Scene& request(std::uint64_t address, std::int64_t size) {
        return add(snapshot::Action::free_requested, address, size);
    }
    Scene& complete(std::uint64_t address, std::int64_t size) {
        return add(snapshot::Action::free_completed, address, size);
    }
    // Adds two events.
    Scene& free(std::uint64_t address, std::int64_t size) {
        return request(address, size).complete(address, size);
    }
    Scene& segment_event(snapshot::Action action, std::uint64_t address, std::int64_t size) {
        return add(action, address, size);
    }
    Scene& oom(std::optional<std::int64_t> size, std::optional<std::int64_t> device_free) {
        snapshot::EventShape shape;
        shape.action = snapshot::Action::oom;
        shape.action_text = m_snapshot.symbols.intern_text("oom");
        shape.has_size = size.has_value();
        shape.size = size.value_or(0);
        shape.has_device_free = device_free.has_value();
        shape.device_free = device_free.value_or(0);
        shape.has_stream = true;
        shape.stream = m_stream;
        if (!m_pool.empty()) shape.pool = m_snapshot.symbols.intern_text(m_pool);
        return append(shape, 0);
    }
    // An event that changes nothing.
    Scene& marker() { return add(snapshot::Action::snapshot, 0, 0); }

    Scene& segment(const SegmentSpec& spec) {
        snapshot::Segment segment;
        segment.device = spec.device;
        segment.address = spec.address;
        segment.stream = spec.stream;
        segment.is_expandable = spec.expandable;
        if (!spec.pool.empty()) segment.pool = m_snapshot.symbols.intern_text(spec.pool);
        if (!spec.type.empty()) segment.segment_type = m_snapshot.symbols.intern_text(spec.type);
        segment.first_block = static_cast<std::uint32_t>(m_snapshot.blocks.size());
        segment.block_count = static_cast<std::uint32_t>(spec.blocks.size());
        segment.total_size = spec.rest;
        std::uint64_t address = spec.address;
        for (const BlockSpec& block : spec.blocks) {
            add_block(block, address);
            segment.total_size += block.size;
            address += static_cast<std::uint64_t>(block.size);
        }
        m_snapshot.segments.push_back(segment);
        m_snapshot.has_segments = true;
        return *this;
    }

    Scene& annotate(const std::string& name, const std::string& stage, std::optional<std::int64_t> time_us,
                    std::optional<std::int64_t> device = 0) {
        snapshot::Symbols& symbols = m_snapshot.symbols;
        m_snapshot.annotations.push_back(
            {device, symbols.intern_text(name), symbols.intern_text(stage), time_us});
        return *this;
    }

    [[nodiscard]] snapshot::Snapshot& snapshot() { return m_snapshot; }
    [[nodiscard]] const snapshot::Snapshot& snapshot() const { return m_snapshot; }
    [[nodiscard]] Replay replay(std::int64_t device = 0) const {
        return replay_device(m_snapshot, device, Preexisting::all);
    }
    [[nodiscard]] DeviceTables tables(std::int64_t device = 0) const {
        return tabulate(m_snapshot, frames::StackPhases(m_snapshot.symbols), replay(device));
    }

    [[nodiscard]] snapshot::StackId stack_id(const std::string& name) {
        const std::size_t file_end = name.find(".py:");
        std::string_view file = "scene.py";
        std::string_view function = name;
        if (file_end != std::string::npos) {
            file = function.substr(0, file_end + 3);
            function.remove_prefix(file_end + 4);
        } else if (function.find("::") != std::string_view::npos) {
            file = "??";
        }
        snapshot::Frame frame;
        frame.filename = m_snapshot.symbols.intern_text(file);
        frame.name = m_snapshot.symbols.intern_text(function);
        const std::uint32_t frame_id = m_snapshot.symbols.intern_frame(frame).value();
        return m_snapshot.symbols.intern_stack({&frame_id, 1});
    }

private:
    Scene& add(snapshot::Action action, std::uint64_t address, std::int64_t size) {
        static constexpr std::string_view k_texts[] = {
            "alloc",        "free_requested", "free_completed", "segment_alloc",
            "segment_free", "segment_map",    "segment_unmap",  "oom",
            "snapshot"};
        snapshot::EventShape shape;
        shape.action = action;
        shape.action_text = m_snapshot.symbols.intern_text(k_texts[static_cast<std::size_t>(action)]);
        shape.has_address = true;
        shape.has_size = true;
        shape.has_stream = true;
        shape.size = size;
        shape.stream = m_stream;
        if (!m_pool.empty()) shape.pool = m_snapshot.symbols.intern_text(m_pool);
        return append(shape, address);
    }

    Scene& append(const snapshot::EventShape& shape, std::uint64_t address) {
        const auto stack = m_stack.empty() ? snapshot::StackId() : stack_id(m_stack);
        snapshot::EventTables& tables = m_snapshot.event_tables;
        m_snapshot.traces[m_device].events.append(
            tables.intern_address(address), snapshot::ShapeId(tables.shapes.intern(shape)), stack, m_time);
        return *this;
    }

    void add_block(const BlockSpec& spec, std::uint64_t address) {
        snapshot::Block block;
        block.address = address;
        block.size = spec.size;
        block.requested = spec.requested;
        block.state = spec.requested == 0 ? snapshot::BlockState::inactive : spec.state;
        if (!spec.stack.empty() && block.occupied()) block.stack = stack_id(spec.stack);
        m_snapshot.blocks.push_back(block);
    }

    snapshot::Snapshot m_snapshot;
    std::size_t m_device = 0;
    std::string m_stack;
    std::string m_pool;
    std::int64_t m_stream = 0;
    std::optional<std::int64_t> m_time;
};

}  // namespace snapq::timeline
