// Converts a Snapshot to lines of text, in which names replace the ids. Tests use it to compare snapshots
// that were read from different forms of one file, and to write down expected results.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/model.hpp"

namespace snapq::tests {

using Lines = std::vector<std::string>;

class SnapshotText {
public:
    explicit SnapshotText(const snapshot::Snapshot& snapshot) : m_snapshot(snapshot) {}

    // Lines like "0: alloc addr=1000 size=512 stream=0 time=5 stack=f@a.py:1|g@b.py:2". Absent keys are left
    // out.
    [[nodiscard]] Lines events() const {
        Lines lines;
        for (const auto& trace : m_snapshot.traces) {
            for (std::size_t event = 0; event < trace.events.size(); ++event)
                lines.push_back(line(trace, event));
        }
        return lines;
    }

    // Lines like "dev0 1000+4096 …", each followed by its blocks: "  1000+512 active_allocated 500/500
    // stack=…".
    [[nodiscard]] Lines segments() const {
        Lines lines;
        for (const snapshot::Segment& segment : m_snapshot.segments) {
            lines.push_back(line(segment));
            for (std::uint32_t i = 0; i < segment.block_count; ++i) {
                lines.push_back(line(m_snapshot.blocks[segment.first_block + i]));
            }
        }
        return lines;
    }

    // Lines like "START step dev=0 time=5".
    [[nodiscard]] Lines annotations() const {
        Lines lines;
        for (const snapshot::Annotation& annotation : m_snapshot.annotations) {
            lines.push_back(text(annotation.stage) + " " + text(annotation.name) +
                            number(" dev=", annotation.device) + number(" time=", annotation.time_us));
        }
        return lines;
    }

    // Lines like "owner index key=value"; the owner of an event is "event device/index …".
    [[nodiscard]] Lines extras() const {
        constexpr std::array k_owners{"snapshot", "wrapper", "segment",   "block",
                                      "event",    "frame",   "annotation"};
        Lines lines;
        for (const snapshot::Extra& extra : m_snapshot.extras) {
            const bool is_event = extra.owner == snapshot::Extra::Owner::event;
            const std::string index =
                is_event ? fmt::format("{}/{}", extra.device, extra.index) : fmt::format("{}", extra.index);
            lines.push_back(fmt::format("{} {} {}={}", k_owners[static_cast<std::size_t>(extra.owner)], index,
                                        text(extra.key), text(extra.value)));
        }
        std::ranges::sort(lines);
        return lines;
    }

    [[nodiscard]] Lines settings() const {
        Lines lines;
        for (const auto& [key, value] : m_snapshot.settings) lines.push_back(key + "=" + value);
        for (const auto& trace : m_snapshot.traces) {
            if (trace.overflowed)
                lines.push_back(fmt::format("overflowed {} {}", trace.device, *trace.overflowed));
            if (trace.max_entries)
                lines.push_back(fmt::format("max_entries {} {}", trace.device, *trace.max_entries));
        }
        return lines;
    }

    // Lines like "invalid_text 3".
    [[nodiscard]] Lines anomalies() const {
        Lines lines;
        for (const snapshot::AnomalyCount& anomaly : m_snapshot.anomalies) {
            const auto name = snapshot::k_anomaly_names[static_cast<std::size_t>(anomaly.kind)];
            lines.push_back(fmt::format("{} {}", name, anomaly.count));
        }
        return lines;
    }

    [[nodiscard]] Lines everything() const {
        Lines lines{fmt::format("{} traces, segments {}, traces {}", m_snapshot.traces.size(),
                                m_snapshot.has_segments, m_snapshot.has_traces)};
        for (const Lines& part : {events(), segments(), annotations(), extras(), settings(), anomalies()}) {
            lines.insert(lines.end(), part.begin(), part.end());
        }
        return lines;
    }

private:
    [[nodiscard]] std::string text(snapshot::TextId id) const {
        return id ? std::string(m_snapshot.symbols.text(id)) : "-";
    }
    static std::string number(const char* label, std::optional<std::int64_t> value) {
        return value ? fmt::format("{}{}", label, *value) : "";
    }
    [[nodiscard]] std::string named(const char* label, snapshot::TextId id) const {
        return id ? label + text(id) : "";
    }

    [[nodiscard]] std::string stack(snapshot::StackId id) const {
        if (!id) return "";
        std::string made = " stack=";
        for (std::size_t i = 0; i < m_snapshot.symbols.depth(id); ++i) {
            const snapshot::Frame& frame = m_snapshot.symbols.frame(m_snapshot.symbols.frame_at(id, i));
            if (i > 0) made += '|';
            made += fmt::format("{}@{}:{}", text(frame.name), text(frame.filename), frame.line);
            made += named(" op=", frame.fx_node_op) + named(" target=", frame.fx_node_target);
        }
        return made;
    }

    [[nodiscard]] std::string line(const snapshot::DeviceTrace& trace, std::size_t event) const {
        const auto& shape = m_snapshot.event_tables.shapes[trace.events.shape(event).value()];
        std::string made = fmt::format("{}: {}", trace.device, text(shape.action_text));
        const std::uint64_t address = m_snapshot.event_tables.address(trace.events.address_id(event));
        if (shape.has_address) made += fmt::format(" addr={:x}", address);
        if (shape.has_size) made += fmt::format(" size={}", shape.size);
        if (shape.has_stream) made += fmt::format(" stream={}", shape.stream);
        if (shape.has_device_free) made += fmt::format(" free={}", shape.device_free);
        made += number(" time=", trace.events.time_us(event)) + named(" pool=", shape.pool);
        made += named(" context=", shape.compile_context) + named(" metadata=", shape.user_metadata);
        return made + named(" forward=", shape.forward_frames) + stack(trace.events.stack(event));
    }

    [[nodiscard]] std::string line(const snapshot::Segment& segment) const {
        std::string made = fmt::format("dev{} {:x}+{}", segment.device, segment.address, segment.total_size);
        made += number(" allocated=", segment.allocated_size) + number(" active=", segment.active_size);
        made += number(" requested=", segment.requested_size) + number(" stream=", segment.stream);
        made += named(" ", segment.segment_type) + named(" pool=", segment.pool);
        if (segment.is_expandable) made += fmt::format(" expandable={}", *segment.is_expandable);
        return made + named(" forward=", segment.forward_frames) + stack(segment.stack);
    }

    [[nodiscard]] std::string line(const snapshot::Block& block) const {
        std::string made = fmt::format("  {:x}+{} {}", block.address, block.size, text(block.state_text));
        if (block.occupied()) made += fmt::format(" uses {}", block.requested);
        return made + number(" requested=", block.requested_size) + named(" forward=", block.forward_frames) +
               stack(block.stack);
    }

    const snapshot::Snapshot& m_snapshot;
};

}  // namespace snapq::tests
