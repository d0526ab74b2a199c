// The calls of `--by tree` in the outputs of a summary and of a comparison. CSV has them in csv.cpp.
#pragma once

#include <cstddef>
#include <string>

#include "json/writer.hpp"
#include "report/diff_report.hpp"
#include "report/summary.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::render {

// The `device` of these functions must have a tree.

// A table with indented names, at most `width` columns wide, and lines that say what is left out. It begins
// with an empty line.
[[nodiscard]] std::string tree_text(const report::DeviceSummary& device, std::size_t width);

// A table; rows after the first ones are folded.
[[nodiscard]] std::string tree_markdown(const report::DeviceSummary& device);

// Writes one nested object: each node contains its children.
void write_tree(json::JsonWriter& to, const report::CallTree& tree);
void write_compared_tree(json::JsonWriter& to, const report::CallTree& tree);

// The same for both sides, with the growth of each call.
[[nodiscard]] std::string compared_tree_text(const report::CallTree& tree, std::size_t width);
// `folded`: with the rows after the first ones.
[[nodiscard]] std::string compared_tree_markdown(const report::CallTree& tree, bool folded);

// "train.py:9 main > model.py:7 forward": the frames of a node, outermost first.
[[nodiscard]] UntrustedText whole_name(const report::CallNode& node);

}  // namespace snapq::render
