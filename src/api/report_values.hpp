// What the files of the public interface share: access to the reader inside an Archive, and the conversion of
// options and values between the public interface and the rooms `analysis` and `report`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "analysis/call_tree.hpp"
#include "analysis/category_rules.hpp"
#include "analysis/keys.hpp"
#include "analysis/moment.hpp"
#include "analysis/stack_frames.hpp"
#include "archive/archive_reader.hpp"
#include "report/figures.hpp"
#include "report/live_rows.hpp"
#include "snapq/archive.hpp"
#include "snapq/summary.hpp"

namespace snapq {

struct Archive::Impl {
    archive::ArchiveReader reader;
};

struct ArchiveAccess {
    // Throws UsageError when the archive was moved from. The reader lives as long as `archive`.
    [[nodiscard]] static const archive::ArchiveReader& reader(const Archive& archive);
    // The same reader, for objects that may outlive `archive`.
    [[nodiscard]] static std::shared_ptr<const archive::ArchiveReader> shared_reader(const Archive& archive);
};

// The key that `by` names. Throws UsageError for a name that is not a key, and for `user_prefixes` with any
// key but "user-frame".
[[nodiscard]] analysis::KeyKind key_kind(const std::string& by,
                                         const std::vector<std::string>& user_prefixes);

// Returns `site_depth`. Throws UsageError for 0, and for more than 1 with a key that has no frames.
[[nodiscard]] std::size_t checked_site_depth(std::size_t site_depth, analysis::KeyKind by);

// Returns `depth`. Throws UsageError for anything but 0 with a key that has no modules.
[[nodiscard]] std::size_t checked_module_depth(std::size_t depth, analysis::KeyKind by);

// Null for an empty text. Throws UsageError, which names the line, for a text that is no list of rules.
[[nodiscard]] std::shared_ptr<const analysis::CategoryRules> category_rules(const std::string& rules);

// "" for none, "python" or "all"; throws UsageError for anything else.
[[nodiscard]] analysis::StackFrames stack_frames(const std::string& stacks);

// The options of the call trees in summaries and comparisons. Throws UsageError for a share outside of 0 to
// 1, and for too many levels.
[[nodiscard]] analysis::CallTreeOptions call_tree_options(double min_share, std::size_t depth,
                                                          const std::string& stacks);

[[nodiscard]] Frame public_frame(const report::Key& from);

// A call with its frames, for a function that adds the figures.
template <typename Call>
[[nodiscard]] Call call_with_frames(const report::CallNode& from) {
    Call to;
    to.frame = public_frame(from.frame);
    std::ranges::transform(from.chain, std::back_inserter(to.chain), public_frame);
    return to;
}

// Nests the nodes of a tree, which are in the order of a walk through it.
template <typename Call, typename MakeCall>
[[nodiscard]] std::vector<Call> nested_calls(const report::CallTree& from, MakeCall&& make_call) {
    std::vector<Call> roots;
    std::vector<std::vector<Call>*> siblings{&roots};  // by level, where the next node of it goes
    for (const report::CallNode& node : from.nodes) {
        siblings.resize(node.level + 1);
        siblings.push_back(&siblings.back()->emplace_back(make_call(node)).children);
    }
    return roots;
}

[[nodiscard]] DeviceFigures public_figures(const report::DeviceFigures& from);
[[nodiscard]] Fragmentation public_fragmentation(const report::Fragmentation& from);
[[nodiscard]] LiveRow public_row(const report::LiveRow& from);

}  // namespace snapq
