// The calls of `summary --by tree` as text, Markdown and JSON. Their CSV is written by csv.cpp.
#pragma once

#include <cstddef>
#include <string>

#include "json/writer.hpp"
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

// "train.py:9 main > model.py:7 forward": the frames of a node, outermost first.
[[nodiscard]] UntrustedText whole_name(const report::CallNode& node);

}  // namespace snapq::render
