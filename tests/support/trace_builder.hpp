// Builds small snapshots in code, for tests of all code that uses the model.
//
//     TraceBuilder trace;
//     trace.alloc(0xa00, 512).free(0xa00, 512);  // events of device 0, numbered from 0
//     trace.event({.action = "oom", .size = 4096, .device_free = 100});
//     trace.segment(0x1000, 2048).block(0x1000, 512, 500);  // a segment of device 0, its block is in use
//     timeline::replay_device(trace.snapshot(), 0, Preexisting::all);
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "snapshot/model.hpp"
#include "support/devices.hpp"

namespace snapq::tests {

// The keys of one trace entry; an empty optional is an absent key.
struct EventFields {
    std::string_view action = "alloc";
    std::optional<std::uint64_t> address = std::nullopt;
    std::optional<std::int64_t> size = std::nullopt;
    std::optional<std::int64_t> stream = 0;
    std::optional<std::int64_t> time_us = std::nullopt;
    // Function names of its frames, innermost first, separated by spaces; "" is the empty stack.
    std::optional<std::string_view> stack = std::nullopt;
    std::optional<std::string_view> pool = std::nullopt;
    std::optional<std::string_view> compile_context = std::nullopt;
    std::optional<std::string_view> user_metadata = std::nullopt;
    std::optional<std::string_view> forward_frames = std::nullopt;
    std::optional<std::int64_t> device_free = std::nullopt;
};

class TraceBuilder {
public:
    TraceBuilder() {
        m_snapshot.has_traces = true;
        m_snapshot.has_segments = true;
    }

    // Sets the device of the events and segments that follow. It begins with 0; k_host_device must come last.
    TraceBuilder& on_device(std::int64_t device) {
        m_device = device;
        return *this;
    }

    TraceBuilder& event(const EventFields& fields) {
        auto& tables = m_snapshot.event_tables;
        const std::uint32_t address = tables.intern_address(fields.address.value_or(0));
        const snapshot::ShapeId shape(tables.shapes.intern(shape_of(fields)));
        trace_of(m_device).events.append(
            address, shape, fields.stack ? stack(*fields.stack) : snapshot::StackId{}, fields.time_us);
        return *this;
    }
    TraceBuilder& alloc(std::uint64_t address, std::int64_t size) { return plain("alloc", address, size); }
    TraceBuilder& free_requested(std::uint64_t address, std::int64_t size) {
        return plain("free_requested", address, size);
    }
    TraceBuilder& free_completed(std::uint64_t address, std::int64_t size) {
        return plain("free_completed", address, size);
    }
    // Adds the two events of a free: its request and its completion.
    TraceBuilder& free(std::uint64_t address, std::int64_t size) {
        return free_requested(address, size).free_completed(address, size);
    }

    TraceBuilder& segment(std::uint64_t address, std::int64_t total_size) {
        snapshot::Segment segment;
        segment.device = m_device;
        segment.address = address;
        segment.total_size = total_size;
        segment.stream = 0;
        segment.segment_type = text("small");
        segment.first_block = static_cast<std::uint32_t>(m_snapshot.blocks.size());
        m_snapshot.segments.push_back(segment);
        return *this;
    }
    // Adds a block to the last segment.
    TraceBuilder& block(std::uint64_t address, std::int64_t size, std::int64_t requested,
                        snapshot::BlockState state = snapshot::BlockState::active_allocated,
                        std::optional<std::string_view> frames = std::nullopt) {
        static constexpr std::array<std::string_view, 3> k_names{"active_allocated", "active_pending_free",
                                                                 "inactive"};
        snapshot::Block block;
        block.address = address;
        block.size = size;
        block.requested_size = requested;
        block.requested = requested;
        block.state = state;
        block.state_text = text(k_names[static_cast<std::size_t>(state)]);
        if (frames) block.stack = stack(*frames);
        m_snapshot.blocks.push_back(block);
        ++m_snapshot.segments.back().block_count;
        return *this;
    }

    // The id of the stack with these functions, as `event` and `block` use it. Their file is "f.py"; their
    // lines are 1, 2, … from the innermost function on.
    snapshot::StackId stack(std::string_view names) {
        std::vector<std::uint32_t> frames;
        while (!names.empty()) {
            const std::size_t end = std::min(names.find(' '), names.size());
            snapshot::Frame frame;
            frame.filename = text("f.py");
            frame.name = text(names.substr(0, end));
            frame.line = static_cast<std::int64_t>(frames.size()) + 1;
            frames.push_back(m_snapshot.symbols.intern_frame(frame).value());
            names.remove_prefix(std::min(end + 1, names.size()));
        }
        return m_snapshot.symbols.intern_stack(frames);
    }
    snapshot::TextId text(std::string_view text) { return m_snapshot.symbols.intern_text(text); }

    // The snapshot. It is not const, so that tests can make changes that have no method here.
    [[nodiscard]] snapshot::Snapshot& snapshot() { return m_snapshot; }

private:
    TraceBuilder& plain(std::string_view action, std::uint64_t address, std::int64_t size) {
        return event({.action = action, .address = address, .size = size});
    }

    snapshot::DeviceTrace& trace_of(std::int64_t device) {
        auto& traces = m_snapshot.traces;
        if (device == k_host_device) {
            const auto found = std::ranges::find(traces, device, &snapshot::DeviceTrace::device);
            if (found != traces.end()) return *found;
            traces.emplace_back().device = device;
            return traces.back();
        }
        while (static_cast<std::int64_t>(traces.size()) <= device) {
            const auto next = static_cast<std::int64_t>(traces.size());
            traces.emplace_back().device = next;
        }
        return traces[static_cast<std::size_t>(device)];
    }

    snapshot::TextId text_or_none(std::optional<std::string_view> value) {
        return value ? text(*value) : snapshot::TextId{};
    }

    snapshot::EventShape shape_of(const EventFields& fields) {
        snapshot::EventShape shape;
        shape.action = action_of(fields.action);
        shape.action_text = text(fields.action);
        shape.has_address = fields.address.has_value();
        shape.has_size = fields.size.has_value();
        shape.has_stream = fields.stream.has_value();
        shape.has_device_free = fields.device_free.has_value();
        shape.size = fields.size.value_or(0);
        shape.stream = fields.stream.value_or(0);
        shape.device_free = fields.device_free.value_or(0);
        shape.pool = text_or_none(fields.pool);
        shape.compile_context = text_or_none(fields.compile_context);
        shape.user_metadata = text_or_none(fields.user_metadata);
        shape.forward_frames = text_or_none(fields.forward_frames);
        return shape;
    }

    static snapshot::Action action_of(std::string_view name) {
        // In the order of the enumeration snapshot::Action.
        static constexpr std::array<std::string_view, 11> k_names{
            "alloc",        "free_requested", "free_completed", "segment_alloc",
            "segment_free", "segment_map",    "segment_unmap",  "oom",
            "snapshot",     "user_defined",   "annotate"};
        for (std::size_t i = 0; i < k_names.size(); ++i) {
            if (k_names[i] == name) return static_cast<snapshot::Action>(i);
        }
        return snapshot::Action::other;
    }

    snapshot::Snapshot m_snapshot;
    std::int64_t m_device = 0;
};

}  // namespace snapq::tests
