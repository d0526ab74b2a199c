#include "render/call_tree.hpp"
#include "render/json_values.hpp"
#include "support/numbers.hpp"

namespace snapq::render {
namespace {

void write_frame_members(json::JsonWriter& to, const report::Key& frame) {
    to.key("name").value(frame.label);
    write_optional(to, "file", frame.file);
    write_optional(to, "line", frame.line);
    write_optional(to, "function", frame.function);
}

// Of a tree of one moment, or of one that compares two.
enum class Sides : std::uint8_t { one, both };

// In a comparison, the members have the names of those of rows.
void write_held(json::JsonWriter& to, const auto& held, Sides sides) {
    const bool both = sides == Sides::both;
    to.key(both ? "new_bytes" : "bytes").value(held.bytes);
    to.key(both ? "new_count" : "count").value(held.count);
    if (!both) return;
    to.key("base_bytes").value(held.base_bytes);
    to.key("base_count").value(held.base_count);
    to.key("delta_bytes").value(saturating_subtract(held.bytes, held.base_bytes));
}

void write_left_out(json::JsonWriter& to, std::string_view name, const report::LeftOutCalls& calls,
                    Sides sides) {
    to.key(name).begin_object();
    to.key("branches").value(calls.branches);
    write_held(to, calls, sides);
    to.end_object();
}

void write_own(json::JsonWriter& to, const report::CallNode& node, Sides sides) {
    const bool both = sides == Sides::both;
    to.key(both ? "new_own_bytes" : "own_bytes").value(node.own_bytes);
    to.key(both ? "new_own_count" : "own_count").value(node.own_count);
    if (!both) return;
    to.key("base_own_bytes").value(node.base_own_bytes);
    to.key("base_own_count").value(node.base_own_count);
}

// Writes the members of a node, and leaves the array of its children open.
void begin_node(json::JsonWriter& to, const report::CallNode& node, Sides sides) {
    to.begin_object();
    write_frame_members(to, node.frame);
    write_held(to, node, sides);
    if (sides == Sides::one) to.key("before_recording_bytes").value(node.older.bytes);
    write_own(to, node, sides);
    to.key("chain").begin_array();
    for (const report::Key& frame : node.chain) {
        to.begin_object();
        write_frame_members(to, frame);
        to.end_object();
    }
    to.end_array();
    write_left_out(to, "left_out", node.left_out, sides);
    to.key("children").begin_array();
}

void write_tree(json::JsonWriter& to, const report::CallTree& tree, Sides sides) {
    to.begin_object();
    to.key("frames").value(tree.all_frames ? "all" : "python");
    to.key("min_share").value(tree.min_share);
    write_optional(to, "depth", tree.depth);
    write_held(to, tree, sides);
    write_left_out(to, "below_min_share", tree.below_share, sides);
    write_left_out(to, "below_depth", tree.below_depth, sides);
    write_left_out(to, "beyond_memory", tree.beyond_memory, sides);
    to.key("children").begin_array();
    std::size_t open = 0;  // nodes whose array of children is not closed
    const auto close_to = [&](std::size_t level) {
        for (; open > level; --open) to.end_array().end_object();
    };
    for (const report::CallNode& node : tree.nodes) {
        close_to(node.level);
        begin_node(to, node, sides);
        ++open;
    }
    close_to(0);
    to.end_array();
    to.end_object();
}

}  // namespace

void write_tree(json::JsonWriter& to, const report::CallTree& tree) {
    write_tree(to, tree, Sides::one);
}

void write_compared_tree(json::JsonWriter& to, const report::CallTree& tree) {
    write_tree(to, tree, Sides::both);
}

}  // namespace snapq::render
