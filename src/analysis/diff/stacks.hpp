// Whole stacks, as diff compares them: their Python frames by file and function, without line numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "analysis/diff/match.hpp"
#include "analysis/diff/names.hpp"
#include "archive/sqlite/database.hpp"
#include "frames/frame_class.hpp"
#include "report/live_rows.hpp"

namespace snapq::analysis {

struct PythonStack {
    std::uint64_t hash = 0;  // of file and function of each Python frame: the same in every archive
    std::string callers;  // who called the site, innermost first: " < model.py:7 forward < train.py:9 main"
};

// Caches frames in bounded memory; an archive has a few thousand. Use it in one thread.
class StackTexts {
public:
    StackTexts(archive::Database& database, const StableFiles& files);

    // nullopt: the stack has no Python frame. `site` tells where the callers begin.
    [[nodiscard]] std::optional<PythonStack> python_stack(std::int64_t stack_id, const report::Key& site);

private:
    struct Frame {
        std::uint64_t hash = 0;
        frames::FrameRole role = frames::FrameRole::cpp;  // of C++ frames nothing else is kept
        std::string file;                                 // as recorded
        std::int64_t line = 0;
        std::string function;
    };
    [[nodiscard]] const Frame& frame(std::int64_t frame_id);

    const StableFiles& m_files;
    std::unordered_map<std::int64_t, Frame> m_frames;  // by frame_id
    archive::Query m_frame;
    archive::Query m_frames_of_stack;
};

// The names of a part, from the text of a stack in SnapViewer's table (see frames::next_frame). C++ frames
// count only when `exact`. A stack without a site has the name of its innermost Python frame.
[[nodiscard]] SidePart name_of_stack_text(std::string_view callstack, bool exact, const StableFiles& files);

}  // namespace snapq::analysis
