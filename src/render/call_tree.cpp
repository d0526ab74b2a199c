#include "render/call_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "json/writer.hpp"
#include "render/diff_rows.hpp"
#include "render/escape.hpp"
#include "render/summary_parts.hpp"
#include "render/terminal_text.hpp"
#include "render/text_table.hpp"
#include "support/numbers.hpp"

namespace snapq::render {
namespace {

using report::CallNode;
using report::CallTree;

constexpr std::string_view k_arrow = " > ";

std::string frames_words(std::size_t frames) {
    return counted(static_cast<std::int64_t>(frames), "frame");
}

// The name in at most `width` columns. If it does not fit, one frame is named and the frames on both sides of
// it are counted: "7 frames > model.py:7 forward > 2 frames".
std::string name_words(const CallNode& node, std::size_t width) {
    const UntrustedText whole = whole_name(node);
    const std::size_t frames = node.chain.size() + 1;
    if (frames == 1 || display_width(whole) <= width) return keep_key(whole, width);
    const std::size_t at = node.named_by;
    const std::size_t after = frames - 1 - at;
    const std::string start = at == 0 ? "" : fmt::format("{}{}", frames_words(at), k_arrow);
    const std::string end = after == 0 ? "" : fmt::format("{}{}", k_arrow, frames_words(after));
    const std::size_t used = start.size() + end.size();
    const report::Key& named_by = at < node.chain.size() ? node.chain[at] : node.frame;
    return start + keep_key(named_by.label, width - std::min(width, used)) + end;
}

// A line of the table: a node, or the memory of the stacks that end in it.
struct Line {
    const CallNode* node = nullptr;
    std::size_t level = 0;
    bool is_own = false;

    [[nodiscard]] std::int64_t bytes() const { return is_own ? node->own_bytes : node->bytes; }
    [[nodiscard]] std::int64_t count() const { return is_own ? node->own_count : node->count; }
    [[nodiscard]] std::int64_t base_bytes() const { return is_own ? node->base_own_bytes : node->base_bytes; }
    [[nodiscard]] std::int64_t base_count() const { return is_own ? node->base_own_count : node->base_count; }
    [[nodiscard]] bool is_older() const { return node->older.count > 0 && node->older.count == node->count; }
    [[nodiscard]] std::string words(std::size_t width) const {
        return is_own ? "[allocated here]" : name_words(*node, width);
    }
};

// A node with children may also have allocated memory itself, which gets its own line.
std::vector<Line> lines_of(const CallTree& tree) {
    std::vector<Line> lines;
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
        const CallNode& node = tree.nodes[i];
        lines.push_back({&node, node.level, false});
        const bool has_children = i + 1 < tree.nodes.size() && tree.nodes[i + 1].level > node.level;
        if (has_children && (node.own_count > 0 || node.base_own_count > 0))
            lines.push_back({&node, node.level + 1, true});
    }
    return lines;
}

std::string percent_words(double share) {
    constexpr double k_percent = 100;
    return fmt::format("{:g} %", share * k_percent);
}

std::string left_out_words(const report::LeftOutCalls& calls, std::string_view where, bool compared) {
    if (calls.branches == 0) return {};
    const std::string branches = counted(calls.branches, "branch", "branches");
    if (compared) {
        return fmt::format("{} {}: {} → {}", branches, where, format_size(calls.base_bytes),
                           format_size(calls.bytes));
    }
    return fmt::format("{} {}: {} in {}", branches, where, format_size(calls.bytes),
                       counted(calls.count, "allocation"));
}

// Sentences, one for each reason.
std::vector<std::string> left_out_words(const CallTree& tree, bool compared = false) {
    const std::string depth = fmt::format("below level {}{}", tree.depth.value_or(report::k_most_tree_levels),
                                          tree.depth ? " (--depth)" : "");
    std::vector<std::string> all{
        left_out_words(tree.below_share, fmt::format("below {} (--min-share)", percent_words(tree.min_share)),
                       compared),
        left_out_words(tree.below_depth, depth, compared),
        left_out_words(tree.beyond_memory, "of the smallest stacks, for which memory was not enough",
                       compared)};
    std::erase(all, "");
    return all;
}

// Levels that would leave less than `least_name` columns for the name show their number.
std::string indented(const Line& line, std::size_t room, std::size_t least_name = 30) {
    constexpr std::size_t k_indent = 2;
    const std::size_t most = room > least_name ? (room - least_name) / k_indent : 0;
    const bool is_deep = line.level > most;
    const std::string mark = is_deep ? fmt::format("[{}] ", line.level) : "";
    const std::string indent(k_indent * std::min(line.level, most), ' ');
    const std::size_t used = indent.size() + mark.size();
    return indent + mark + line.words(room - std::min(room, used));
}

std::string table_name(const Line& line, std::size_t room) {
    if (line.is_own || !line.is_older()) return indented(line, room);
    return fmt::format("{} {}", indented(line, room - 2), k_older_mark);
}

std::string markdown_indent(const Line& line) {
    std::string indent;
    for (std::size_t level = 0; level < line.level; ++level) indent += "&emsp;";
    return indent;
}

std::string markdown_rows(const report::DeviceSummary& device, const std::vector<Line>& lines,
                          std::size_t begin, std::size_t end) {
    std::string text = fmt::format("| Live at {}, by tree | Bytes | Share | Count |\n|---|---:|---:|---:|\n",
                                   escape_markdown(moment_words(device)));
    for (std::size_t i = begin; i < end; ++i) {
        text +=
            fmt::format("| {}{} | {} | {} | {} |\n", markdown_indent(lines[i]),
                        escape_markdown(lines[i].words(k_comment_name_width)), format_size(lines[i].bytes()),
                        share_words(lines[i].bytes(), device.live_bytes), format_count(lines[i].count()));
    }
    return text;
}

// "3 → 4", or the number that both sides have.
std::string compared_counts(std::int64_t base, std::int64_t newer) {
    if (base == newer) return format_count(newer);
    return fmt::format("{} → {}", format_count(base), format_count(newer));
}

std::string growth_words(std::int64_t base, std::int64_t newer) {
    return delta_text(saturating_subtract(newer, base));
}

std::string compared_markdown_rows(const std::vector<Line>& lines, std::size_t begin, std::size_t end) {
    std::string text = "| tree | Base | New | Delta | Count |\n|---|---:|---:|---:|---:|\n";
    for (std::size_t i = begin; i < end; ++i) {
        const Line& line = lines[i];
        text += fmt::format("| {}{} | {} | {} | {} | {} |\n", markdown_indent(line),
                            escape_markdown(line.words(k_comment_name_width)), format_size(line.base_bytes()),
                            format_size(line.bytes()), growth_words(line.base_bytes(), line.bytes()),
                            compared_counts(line.base_count(), line.count()));
    }
    return text;
}

}  // namespace

UntrustedText whole_name(const CallNode& node) {
    UntrustedText name;
    for (const report::Key& frame : node.chain) {
        name += frame.label.raw();
        name += k_arrow;
    }
    name += node.frame.label.raw();
    return name;
}

std::string tree_text(const report::DeviceSummary& device, std::size_t width) {
    const CallTree& tree = *device.tree;
    // Sizes take at most 11 columns, shares 7, counts as many as they need; the name gets the rest.
    constexpr std::size_t k_numbers = 2 + 11 + 2 + 7 + 2;
    const std::size_t counts = std::max<std::size_t>(format_count(tree.count).size(), 5);
    const std::size_t room = width - k_numbers - counts;
    TextTable table({{keep_start(fmt::format("live at {}, by tree", moment_words(device)), room)},
                     {"bytes", Align::right},
                     {"share", Align::right},
                     {"count", Align::right}});
    for (const Line& line : lines_of(tree)) {
        table.add_row({table_name(line, room), format_size(line.bytes()),
                       share_words(line.bytes(), tree.bytes), format_count(line.count())});
    }
    table.add_rule();
    table.add_row(
        {"TOTAL", format_size(tree.bytes), share_words(tree.bytes, tree.bytes), format_count(tree.count)});
    std::string text = "\n";
    table.draw(text);
    for (const std::string& words : left_out_words(tree))
        text += wrap("left out: " + words, width, 2, 0) + "\n";
    return text;
}

std::string tree_markdown(const report::DeviceSummary& device) {
    const CallTree& tree = *device.tree;
    const std::vector<Line> lines = lines_of(tree);
    const std::size_t shown = std::min(lines.size(), k_comment_rows);
    std::string text = markdown_rows(device, lines, 0, shown);
    text +=
        fmt::format("| **TOTAL** | **{}** | | {} |\n\n", format_size(tree.bytes), format_count(tree.count));
    for (const std::string& words : left_out_words(tree)) text += fmt::format("Left out: {}.\n\n", words);
    if (lines.size() > shown) {
        text += markdown_details(counted(static_cast<std::int64_t>(lines.size() - shown), "more row"),
                                 markdown_rows(device, lines, shown, lines.size()));
    }
    return text;
}

std::string compared_tree_text(const CallTree& tree, std::size_t width) {
    // Changes take at most 12 columns, sizes 11; the name gets the rest.
    const std::vector<Line> lines = lines_of(tree);
    std::size_t counts = compared_counts(tree.base_count, tree.count).size();
    for (const Line& line : lines)
        counts = std::max(counts, compared_counts(line.base_count(), line.count()).size());
    const std::size_t numbers = 2 + 12 + 2 + 11 + 2 + 11 + 2 + counts;
    constexpr std::size_t k_least_room = 24;
    constexpr std::size_t k_least_name = 20;
    const std::size_t room = std::max(width - std::min(width, numbers), k_least_room);
    TextTable table({{"tree"},
                     {"delta", Align::right},
                     {"base", Align::right},
                     {"new", Align::right},
                     {"count", Align::right}});
    for (const Line& line : lines) {
        table.add_row({indented(line, room, k_least_name), growth_words(line.base_bytes(), line.bytes()),
                       format_size(line.base_bytes()), format_size(line.bytes()),
                       compared_counts(line.base_count(), line.count())});
    }
    table.add_rule();
    table.add_row({"TOTAL", growth_words(tree.base_bytes, tree.bytes), format_size(tree.base_bytes),
                   format_size(tree.bytes), compared_counts(tree.base_count, tree.count)});
    std::string text = "\n";
    table.draw(text);
    for (const std::string& words : left_out_words(tree, true))
        text += wrap("left out: " + words, width, 2, 0) + "\n";
    return text;
}

std::string compared_tree_markdown(const CallTree& tree, bool folded) {
    const std::vector<Line> lines = lines_of(tree);
    const std::size_t shown = std::min(lines.size(), k_comment_rows);
    std::string text = compared_markdown_rows(lines, 0, shown);
    text += fmt::format("| **TOTAL** | **{}** | **{}** | **{}** | {} |\n\n", format_size(tree.base_bytes),
                        format_size(tree.bytes), growth_words(tree.base_bytes, tree.bytes),
                        compared_counts(tree.base_count, tree.count));
    for (const std::string& words : left_out_words(tree, true))
        text += fmt::format("Left out: {}.\n\n", words);
    if (folded && lines.size() > shown) {
        text += markdown_details(counted(static_cast<std::int64_t>(lines.size() - shown), "more row"),
                                 compared_markdown_rows(lines, shown, lines.size()));
    }
    return text;
}

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
