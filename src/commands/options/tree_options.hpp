// The options of `--by tree`, and of `--by module`, which shares one of them.
#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <optional>
#include <string>

#include "analysis/call_tree.hpp"
#include "analysis/keys.hpp"
#include "analysis/stack_frames.hpp"

namespace snapq::commands {

// As they were given.
struct TreeArguments {
    std::optional<std::size_t> depth{};  // from 1
    std::string min_share{};
};

// `to` must outlive `app`.
void add_tree_options(CLI::App& app, TreeArguments& to);

// Throws UsageError for a share that is no percentage, and for more levels than a tree can have.
[[nodiscard]] analysis::CallTreeOptions tree_options(const TreeArguments& given,
                                                     analysis::StackFrames stacks);

// Without a tree: the modules in a name, 0 for all. Throws UsageError for options that do not go with the
// key.
[[nodiscard]] std::size_t module_depth(const TreeArguments& given, analysis::KeyKind by);

}  // namespace snapq::commands
