// The tree of the calls that lead to the memory that is live at a moment, or at two moments that are
// compared. One pass over the stacks that hold some builds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "analysis/live_rows.hpp"
#include "archive/sqlite/database.hpp"
#include "report/live_rows.hpp"

namespace snapq::analysis {

// In `--by`, instead of a key.
inline constexpr std::string_view k_by_tree = "tree";

struct CallTreeOptions {
    bool all_frames = false;             // false: Python frames only
    double min_share = 0.01;             // of everything that is live; smaller branches are left out
    std::optional<std::size_t> depth{};  // levels, from 1 to report::k_most_tree_levels
    // Bytes of memory for the tree and its names. The stacks with the most bytes are added first. When the
    // next frame of a stack does not fit, the bytes of the stack count for its outer frames that are in the
    // tree, and its other frames are left out.
    std::size_t most_bytes = std::size_t{8} << 20U;
};

enum class CallSide : std::uint8_t { base, newer };

// Builds one tree of both sides of a comparison. Its frames are functions without lines, because lines move
// from version to version. Use it in one thread.
class CallTreeComparison {
public:
    // Names files so that they are the same on both sides.
    using StableFile = std::function<std::string(std::string_view file)>;

    CallTreeComparison(const CallTreeOptions& options, StableFile stable_file);
    CallTreeComparison(CallTreeComparison&&) noexcept;
    CallTreeComparison& operator=(CallTreeComparison&&) noexcept;
    ~CallTreeComparison();

    // Adds what is live at the moment. The side that comes first gets the memory for its names first. Throws
    // InputError for a damaged archive.
    void add(CallSide side, archive::Database& database, std::int64_t device, const LiveAt& at);
    // To be called once, after all add().
    [[nodiscard]] report::CallTree make();

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

// The bytes of the roots, shown or left out, are those of live_rows() at the same moment. Throws InputError
// for a damaged archive.
[[nodiscard]] report::CallTree call_tree(archive::Database& database, std::int64_t device, const LiveAt& at,
                                         const CallTreeOptions& options);

}  // namespace snapq::analysis
