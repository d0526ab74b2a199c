#include "render/call_tree.hpp"
#include "render/json_values.hpp"

namespace snapq::render {
namespace {

void write_frame_members(json::JsonWriter& to, const report::Key& frame) {
    to.key("name").value(frame.label);
    write_optional(to, "file", frame.file);
    write_optional(to, "line", frame.line);
    write_optional(to, "function", frame.function);
}

void write_left_out(json::JsonWriter& to, std::string_view name, const report::LeftOutCalls& calls) {
    to.key(name).begin_object();
    to.key("branches").value(calls.branches);
    to.key("bytes").value(calls.bytes);
    to.key("count").value(calls.count);
    to.end_object();
}

// Writes the members of a node, and leaves the array of its children open.
void begin_node(json::JsonWriter& to, const report::CallNode& node) {
    to.begin_object();
    write_frame_members(to, node.frame);
    to.key("bytes").value(node.bytes);
    to.key("count").value(node.count);
    to.key("before_recording_bytes").value(node.older.bytes);
    to.key("own_bytes").value(node.own_bytes);
    to.key("own_count").value(node.own_count);
    to.key("chain").begin_array();
    for (const report::Key& frame : node.chain) {
        to.begin_object();
        write_frame_members(to, frame);
        to.end_object();
    }
    to.end_array();
    write_left_out(to, "left_out", node.left_out);
    to.key("children").begin_array();
}

}  // namespace

void write_tree(json::JsonWriter& to, const report::CallTree& tree) {
    to.begin_object();
    to.key("frames").value(tree.all_frames ? "all" : "python");
    to.key("min_share").value(tree.min_share);
    write_optional(to, "depth", tree.depth);
    to.key("bytes").value(tree.bytes);
    to.key("count").value(tree.count);
    write_left_out(to, "below_min_share", tree.below_share);
    write_left_out(to, "below_depth", tree.below_depth);
    write_left_out(to, "beyond_memory", tree.beyond_memory);
    to.key("children").begin_array();
    std::size_t open = 0;  // nodes whose array of children is not closed
    const auto close_to = [&](std::size_t level) {
        for (; open > level; --open) to.end_array().end_object();
    };
    for (const report::CallNode& node : tree.nodes) {
        close_to(node.level);
        begin_node(to, node);
        ++open;
    }
    close_to(0);
    to.end_array();
    to.end_object();
}

}  // namespace snapq::render
