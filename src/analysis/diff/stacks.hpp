// Whole stacks, as diff compares them: their Python frames by file and function, without line numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "analysis/diff/match.hpp"
#include "analysis/file_names.hpp"
#include "analysis/stack_frames.hpp"
#include "archive/sqlite/database.hpp"
#include "frames/frame_class.hpp"
#include "report/live_rows.hpp"

namespace snapq::analysis {

struct PythonStack {
    std::uint64_t hash = 0;  // of file and function of each Python frame: the same in every archive
    std::string callers;  // who called the site, innermost first: " < model.py:7 forward < train.py:9 main"
};

// Use it in one thread.
class StackTexts {
public:
    // Both must outlive it.
    StackTexts(archive::Database& database, const StableFiles& files);

    // nullopt: the stack has no Python frame. `site` tells where the callers begin.
    [[nodiscard]] std::optional<PythonStack> python_stack(std::int64_t stack_id, const report::Key& site);

private:
    struct Frame {
        std::uint64_t hash = 0;
        frames::FrameRole role = frames::FrameRole::cpp;  // of a C++ frame, only this is kept
        std::string file;                                 // as recorded
        std::int64_t line = 0;
        std::string function;
    };
    [[nodiscard]] static Frame make_frame(std::string_view file, std::int64_t line, std::string_view function,
                                          const StableFiles& files);

    FrameCache<Frame> m_frames;
};

// The names of a part, from the text of a stack in SnapViewer's table (see frames::next_frame). C++ frames
// are a part of the key only if `exact` is set. A stack without a site has the name of its innermost Python
// frame.
[[nodiscard]] SidePart name_of_stack_text(std::string_view callstack, bool exact, const StableFiles& files);

}  // namespace snapq::analysis
