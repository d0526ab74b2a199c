// The modules (torch.nn.Module) that were running in the stacks of an archive, for `--by module`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/frame_cache.hpp"
#include "archive/sqlite/database.hpp"
#include "frames/module_chain.hpp"

namespace snapq::analysis {

// A frame that stands for the call of a module: "attention.py:Attention.forward".
struct ModuleCall {
    std::string file;      // the whole path
    std::string function;  // without what torch.compile adds
};

// Use it in one thread. `database` must outlive it.
class ModuleChains {
public:
    // `depth`: calls that a chain has at most, the outermost ones; 0: all.
    ModuleChains(archive::Database& database, std::size_t depth);

    // The calls of modules in a stack, outermost first; empty: the stack is outside any module. Throws
    // InputError for a damaged archive.
    [[nodiscard]] std::vector<ModuleCall> of(std::int64_t stack_id);

private:
    struct Frame {
        frames::ModuleFrame kind = frames::ModuleFrame::ignored;
        ModuleCall call;  // only where it can stand for a module
    };
    [[nodiscard]] static Frame make_frame(std::string_view file, std::int64_t line,
                                          std::string_view function);

    FrameCache<Frame> m_frames;
    std::size_t m_depth;
};

}  // namespace snapq::analysis
