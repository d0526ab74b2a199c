#include "commands/options/tree_options.hpp"

#include "commands/options/option_values.hpp"
#include "report/call_tree.hpp"
#include "support/error.hpp"

namespace snapq::commands {

void add_tree_options(CLI::App& app, TreeArguments& to) {
    app.add_option(
           "--depth", to.depth,
           "With --by tree: levels of the tree; with --by module: modules in a name, the outermost ones")
        ->transform(whole_number(1))
        ->type_name("N");
    app.add_option("--min-share", to.min_share,
                   "With --by tree: leave out calls with a smaller share of the memory (default: 1%)")
        ->type_name("PERCENT%");
}

analysis::CallTreeOptions tree_options(const TreeArguments& given, analysis::StackFrames stacks) {
    if (given.depth > report::k_most_tree_levels)
        throw_usage("--depth: a tree has at most {} levels", report::k_most_tree_levels);
    analysis::CallTreeOptions tree;
    tree.all_frames = stacks == analysis::StackFrames::all;
    tree.depth = given.depth;
    if (given.min_share.empty()) return tree;
    const std::optional<double> share = parse_share(given.min_share);
    if (!share) {
        throw_usage("--min-share: expected a percentage from 0% to 100%, such as 1%, got '{}'",
                    given.min_share);
    }
    tree.min_share = *share;
    return tree;
}

std::size_t module_depth(const TreeArguments& given, analysis::KeyKind by) {
    if (given.depth && !analysis::has_module_depth(by)) throw_usage("--depth requires --by tree or module");
    if (!given.min_share.empty()) throw_usage("--min-share requires --by tree");
    return given.depth.value_or(0);
}

}  // namespace snapq::commands
